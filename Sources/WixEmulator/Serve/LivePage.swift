// The page at /emulator/: payments, calls and events as they come. Plain HTML; its script asks the JSON views once a
// second and writes text only, so nothing that a PSP sends can become markup. The policy lets in this script and this
// style alone.

import FastCGI
import FoundationEssentials
import RequestDigest

/// The live page.
enum LivePage {
    static let reply = Reply(
        response: Response(
            status: 200,
            headers: [
                ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
                (
                    "Content-Security-Policy",
                    "default-src 'none'; script-src '\(hash(script))'; style-src '\(hash(style))'; connect-src 'self'; "
                        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                ),
                ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
            ],
            body: Array(html.utf8)))

    /// As a Content-Security-Policy names an inline block.
    private static func hash(_ text: String) -> String {
        "sha256-" + Data(SHA256.hash(Array(text.utf8))).base64EncodedString()
    }

    private static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>wix-emulator</title>
        <style>\(style)</style>
        </head>
        <body>
        <h1>wix-emulator</h1>
        <p id="state" role="status">Loading…</p>
        <p id="filter" hidden>Only payment <code id="only"></code> <button id="all" type="button">show all</button></p>
        <noscript><p>This page needs JavaScript. The same as JSON: <a href="/emulator/payments">payments</a>,
        <a href="/emulator/calls">calls</a>, <a href="/emulator/events">events</a>.</p></noscript>
        <h2>Payments</h2>
        <table><thead><tr><th>Payment<th>Amount<th>Wix shows<th>Awaits<th>What to look at</thead>
        <tbody id="payments"></tbody></table>
        <h2>Calls</h2>
        <table><thead><tr><th>Time<th>Call<th>Payment<th>HTTP<th>ms<th>Wix concludes<th>Answer</thead>
        <tbody id="calls"></tbody></table>
        <h2>Events</h2>
        <table><thead><tr><th>Time<th>HTTP<th>Fault<th>Refused because<th>Body</thead>
        <tbody id="events"></tbody></table>
        <script>\(script)</script>
        </body>
        </html>

        """

    private static let style = """
        body { font: 0.95rem/1.4 system-ui, sans-serif; margin: 1.5rem; color: #1a1a1a; background: #fff }
        table { border-collapse: collapse; width: 100% }
        th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd }
        code, td.data { font-family: ui-monospace, monospace; font-size: 0.85rem; overflow-wrap: anywhere }
        tr.bad td { background: #fdecea }
        button { font: inherit }
        td button { border: 0; padding: 0; background: none; color: #0b57d0; text-decoration: underline; cursor: pointer }
        """

    private static let script = #"""
        'use strict';
        const rows = 50;
        const byId = (id) => document.getElementById(id);
        const only = () => decodeURIComponent(location.hash.slice(1));
        const time = (text) => (text || '').slice(11, 23);
        const line = (value) => typeof value === 'string' ? value : JSON.stringify(value);

        function cell(text, kind) {
          const td = document.createElement('td');
          td.textContent = text === null || text === undefined ? '' : String(text);
          if (kind) td.className = kind;
          return td;
        }
        function payment(id) {
          const td = document.createElement('td');
          if (!id) return td;
          const button = document.createElement('button');
          button.type = 'button';
          button.textContent = id;
          button.addEventListener('click', () => { location.hash = encodeURIComponent(id); });
          td.append(button);
          return td;
        }
        function row(bad, ...cells) {
          const tr = document.createElement('tr');
          if (bad) tr.className = 'bad';
          tr.append(...cells);
          return tr;
        }
        async function get(what, query) {
          const answer = await fetch('/emulator/' + what + '?limit=' + rows + query, { cache: 'no-store' });
          if (!answer.ok) throw new Error('HTTP ' + answer.status);
          return (await answer.json())[what];
        }
        async function show() {
          const id = only();
          byId('filter').hidden = !id;
          byId('only').textContent = id;
          const wanted = (other) => !id || (other || '').toLowerCase() === id.toLowerCase();
          const [payments, calls, events] = await Promise.all([
            get('payments', ''), get('calls', ''), get('events', id ? '&wixTransactionId=' + encodeURIComponent(id) : ''),
          ]);
          byId('payments').replaceChildren(...payments.reverse().filter((p) => wanted(p.wixTransactionId)).map((p) => row(
            p.flags.length || p.problems.length, payment(p.wixTransactionId),
            cell(p.amount === undefined ? '' : p.amount + ' ' + p.currency),
            cell(p.status + (p.status === 'partially-refunded' ? ' ' + p.refundedAmount : '')), cell(p.awaitedEvents.join(', ')),
            cell(p.flags.map((f) => f.code + ': ' + f.text).concat(p.problems).join('\n')))));
          byId('calls').replaceChildren(...calls.reverse().filter((c) => wanted(c.wixTransactionId)).map((c) => row(
            c.problems.length || c.conclusion === 'failure', cell(time(c.time)), cell(c.endpoint),
            payment(c.wixTransactionId), cell(c.status), cell(c.milliseconds && Math.round(c.milliseconds)),
            cell(c.conclusion + ': ' + c.explanation), cell(line(c.answer), 'data'))));
          byId('events').replaceChildren(...events.reverse().map((e) => row(
            e.problems.length, cell(time(e.time)), cell(e.status), cell(e.fault), cell(e.problems.join('\n')),
            cell(e.body, 'data'))));
        }
        async function poll() {
          try {
            await show();
            byId('state').textContent = 'Live; the latest ' + rows + ' of each. Amounts in minor units.';
          } catch (error) {
            byId('state').textContent = 'The emulator does not answer: ' + error.message;
          }
          setTimeout(poll, 1000);
        }
        byId('all').addEventListener('click', () => { location.hash = ''; });
        addEventListener('hashchange', () => { show().catch(() => {}); });
        poll();
        """#
}
