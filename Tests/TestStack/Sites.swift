// nginx's configuration of a stack: the project's own location files in a server block of the tests', or the whole site
// for production.

import Foundation
import Glibc

extension Stack {
    func nginxConfiguration() throws -> String {
        """
        daemon off;
        worker_processes 1;
        \(geteuid() == 0 ? "user www-data www-data;" : "")
        pid "\(folder)/nginx/pid";
        error_log "\(folder)/nginx-error.log";
        worker_rlimit_nofile \(options.nginxConnections + Self.nginxFilesBesides);
        events { worker_connections \(options.nginxConnections); }
        http {
            # Times in seconds: the end of the answer, how long the call took; last, how long the program behind.
            log_format times '$msec $request_time $status $request_id $http_x_request_id $server_protocol $connection '
                '$upstream_response_time';
            client_body_temp_path "\(folder)/nginx/body";
            fastcgi_temp_path "\(folder)/nginx/fastcgi";
            proxy_temp_path "\(folder)/nginx/proxy";
            scgi_temp_path "\(folder)/nginx/scgi";
            uwsgi_temp_path "\(folder)/nginx/uwsgi";
            ssl_certificate "\(keys.path("server.pem"))";
            ssl_certificate_key "\(keys.path("server-key.pem"))";
            ssl_protocols TLSv1.2 TLSv1.3;
            \(options.nginxHTTP)
            \(options.isProductionSite ? try productionSite() : plainSite())
            upstream wix_emulator { server "unix:\(folder)/wix-emulator.sock"; }
            server {
                listen 127.0.0.1:\(ports.wix) ssl http2;
                server_name localhost;
                access_log "\(folder)/nginx-wix.log" times;
                include "\(BuiltProgram.project)/nginx/wix-emulator-locations.conf";
            }
        }
        """
    }

    /// Logs, listening sockets and the like.
    private static let nginxFilesBesides = 256

    private func plainSite() -> String {
        """
        upstream pspd {
            server "unix:\(folder)/pspd.sock";
            \(options.upstreams.map { "server \($0);" }.joined(separator: "\n"))
        }
        server {
            listen 127.0.0.1:\(ports.pspd) ssl http2 backlog=1024;
            server_name localhost;
            access_log "\(folder)/nginx-pspd.log" times;
            include "\(BuiltProgram.project)/nginx/pspd-locations.conf";
            \(options.nginxServer)
        }
        """
    }

    /// nginx/pspd.conf with nothing changed but addresses, names and paths.
    private func productionSite() throws -> String {
        let snippet = "include \(BuiltProgram.project)/nginx/pspd-locations.conf;\n\(options.nginxServer)"
        let changes = [
            ("unix:/run/pspd/worker.sock", "unix:\(folder)/pspd.sock"),
            ("/run/pspd-nginx-bodies", "\(folder)/nginx/site-bodies"),
            ("include /etc/nginx/snippets/pspd-locations.conf;", snippet), ("/var/log/nginx/", "\(folder)/"),
            ("/etc/letsencrypt/live/pay.example.com/fullchain.pem", keys.path("server.pem")),
            ("/etc/letsencrypt/live/pay.example.com/privkey.pem", keys.path("server-key.pem")),
            ("listen 443 ssl", "listen 127.0.0.1:\(ports.pspd) ssl"), ("listen [::]:443 ssl http2;", ""),
            ("listen 80;", "listen 127.0.0.1:\(ports.plain);"), ("listen [::]:80;", ""),
            ("server_name pay.example.com;", "server_name localhost;"),
        ]
        let site = try String(contentsOfFile: "\(BuiltProgram.project)/nginx/pspd.conf", encoding: .utf8)
        return try changes.reduce(site) { text, change in
            guard text.contains(change.0) else { throw StackError("nginx/pspd.conf has no \(change.0)") }
            return text.replacingOccurrences(of: change.0, with: change.1)
        }
    }
}
