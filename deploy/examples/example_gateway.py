#!/usr/bin/env python3
"""An example of a PSP's gateway: the contract of deploy/gateway.openapi.yaml in plain Python, for pspd to talk to.

It approves, declines and redirects by the sandbox's magic cards. Payments are remembered by pspd's ids in the state
file, so that a repeated call has one effect, also after a restart: one JSON line a change, written before the answer.
Lines with a "kind" are the effects: money that moved, and ids that will never be charged. No card is ever written.
"""
import argparse, base64, hashlib, hmac, http.server, json, os, re, secrets, threading, time, urllib.request

PENDING_SECONDS, BODY_BYTES_MAX, LOCK = 2, 1024 * 1024, threading.RLock()


def refusal(code, status="declined"):
    return {"status": status, "reasonCode": code, "errorCode": f"EXAMPLE_{code}"}


CARDS = {  # any other card is approved
    "4000000000000002": refusal(3000), "4000000000009995": refusal(3012), "4000000000000069": refusal(3013),
    "4000000000000127": refusal(3016), "4000000000009987": refusal(5000), "4100000000000019": refusal(5001),
    "4000000000000119": refusal(1003), "4000000000003220": {"status": "redirect"},
    "4000000000009235": {"status": "pending", "reasonCode": 5005, "seconds": PENDING_SECONDS},
    "4000000000005126": {"status": "pending", "reasonCode": 5005, "seconds": PENDING_SECONDS, "next": refusal(5001)},
    "4000000000000341": {"status": "approved", "refundsFail": True},
    "4000000000006975": {"status": "pending", "seconds": 20, "slow": True},
}


def decide(order):
    """What becomes of a payment, by its card or the lack of one."""
    data = order.get("paymentMethodData") or {}
    card = data.get("card") or data.get("googlePay") or data.get("applePay")
    alone = order.get("offSession") or order.get("moto")
    if order.get("scaRequested") and not alone:
        return {"status": "redirect"}
    if not card:
        return {"status": "approved"} if "reference" in data else refusal(3002) if alone else {"status": "redirect"}
    number = card.get("number") or card["pan"]
    digits = [int(digit) for digit in reversed(number)]
    if (sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10:
        return refusal(3015)
    if (card.get("year") or card["expirationYear"], card.get("month") or card["expirationMonth"]) < time.gmtime()[:2]:
        return refusal(3013)
    outcome = dict(CARDS.get(number, {"status": "approved"}))
    if "card" not in data:
        outcome["cardDetails"] = {"bin": number[:6], "lastFour": number[-4:]}
    return refusal(3004) if outcome["status"] == "redirect" and alone else outcome


class Gateway:
    """The payments by id. Methods are called with LOCK held and return an HTTP status with its answer."""

    def __init__(self, options):
        self.options, self.payments, self.file = options, {}, open(options.state_file, "a+b")
        self.file.seek(0)
        for line in self.file:
            if line.endswith(b"}\n"):
                self.payments |= json.loads(line)["payment"]
            else:  # the torn tail of a writer that died: overwritten
                self.file.truncate(self.file.tell() - len(line))

    def save(self, id, /, **effect):
        if effect:
            effect = {"id": id, "currency": self.payments[id]["currency"],
                      "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())} | effect
        line = json.dumps(effect | {"payment": {id: self.payments[id]}}, separators=(",", ":"))
        self.file.write(line.encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())

    def settle(self, id, outcome):
        payment = self.payments[id]
        for name in ("reasonCode", "errorCode", "redirectUrl"):
            payment.pop(name, None)
        payment.update(outcome)
        if "seconds" in outcome:
            payment["resolvesAt"] = time.time() + payment.pop("seconds")
            timer = threading.Timer(outcome["seconds"], self.notify, [id])
            timer.daemon = True
            timer.start()
        if payment["status"] == "approved" and not payment["capture"]:
            payment["status"] = "authorized"
        kind = {"approved": "payment", "authorized": "authorization", "canceled": "cancel"}.get(payment["status"])
        self.save(id, **({"kind": kind, "amount": payment["amount"]} if kind else {}))

    def look(self, id):
        if id not in self.payments:
            return 404, {"errorMessage": "no such payment"}
        payment = self.payments[id]
        if payment["status"] == "pending" and time.time() >= payment.get("resolvesAt", float("inf")):
            self.settle(id, payment.get("next", {"status": "approved"}))
        shown = ("status", "reasonCode", "errorCode", "redirectUrl", "credentialsOnFile", "cardDetails")
        return 200, {"id": id} | {name: payment[name] for name in shown if name in payment}

    def pay(self, order, host):
        id = order["id"]
        if id not in self.payments:
            outcome, page = decide(order), secrets.token_hex(16)
            if outcome["status"] == "redirect":
                outcome |= {"page": page, "redirectUrl": f"http://{host}/pay/{page}"}
            if (order.get("setupCredentialsOnFile") or {}).get("offSession"):
                outcome["credentialsOnFile"] = {"paymentMethodReference": {"token": "example-" + id[-12:]}}
            self.payments[id] = {"amount": order["amount"], "currency": order["currency"], "capture": order["capture"],
                                 "returnUrls": order["order"].get("returnUrls") or {}, "acts": {}, "refunds": {}}
            self.settle(id, outcome)
        payment = self.payments[id]
        if payment["status"] != "canceled" and payment["amount"] != order["amount"]:
            return 422, {"errorMessage": "this id was used for another amount"}
        wait = payment["resolvesAt"] - time.time() if payment.get("slow") else 0
        return ("wait", wait) if wait > 0 else self.look(id)

    def cancel(self, id):
        if id not in self.payments:
            self.payments[id] = {"status": "pending", "amount": 0, "currency": "XXX", "acts": {}, "refunds": {}}
        if self.look(id)[1]["status"] in ("pending", "redirect"):
            self.settle(id, {"status": "canceled", "reasonCode": 3030})
        return self.look(id)

    def act(self, id, action, amount, key):
        payment = self.payments[id]
        if key not in payment["acts"]:
            fits = amount == payment["amount"] or action == "capture" and amount < payment["amount"]
            if payment["status"] == "authorized" and fits:
                payment |= {"status": {"capture": "captured", "void": "voided"}[action], "captured": amount}
                payment["acts"][key] = {"status": "succeeded"}
                self.save(id, kind=action, amount=amount)
            else:
                payment["acts"][key] = refusal(3001 if payment["status"] == "authorized" else 3031, "failed")
                self.save(id)
        return 200, payment["acts"][key]

    def refund(self, id, refund, amount):
        payment, refunds = self.payments[id], self.payments[id]["refunds"]
        if refund not in refunds:
            charged = {"approved": payment["amount"], "captured": payment.get("captured")}.get(payment["status"], 0)
            if payment.get("refundsFail") or amount > charged - sum(each.get("amount", 0) for each in refunds.values()):
                refunds[refund] = refusal(3025 if payment.get("refundsFail") else 3022, "failed")
                self.save(id)
            else:
                refunds[refund] = {"status": "succeeded", "amount": amount}
                self.save(id, kind="refund", id=refund, amount=amount)
        return 200, refunds[refund]

    def look_refund(self, id, refund, cancel=False):
        refunds = self.payments[id]["refunds"] if id in self.payments else {}
        if cancel and refund not in refunds:
            self.cancel(id)  # a payment that was never received gets no refund later either
            refunds = self.payments[id]["refunds"]
            refunds[refund] = refusal(1013, "failed")
            self.save(id, kind="cancel", id=refund, amount=0)
        return (200, refunds[refund]) if refund in refunds else (404, {"errorMessage": "no such refund"})

    def connect(self, order):
        typed, account = order["credentials"], f"example-{order['mode']}-{order['wixMerchantId']}"
        code = {"inactive": 2000, "blocked": 2001, "invalid": 2002}.get(typed.get("account"))
        return 200, refusal(code, "failed") if code else {
            "status": "succeeded", "accountId": account, "accountName": typed.get("email", "Example account"),
            "credentials": typed | {"example_account_id": account}}

    def visit(self, page, choice):
        """The buyer's page: a form, and on a choice the way back to the shop."""
        for id, payment in self.payments.items():
            if payment.get("page") == page and payment["status"] == "redirect" and choice:
                self.settle(id, {"approve": {"status": "approved"}, "decline": refusal(3000), "cancel": refusal(3030)}
                            .get(choice, {"status": "pending", "seconds": PENDING_SECONDS}))
                self.notify(id)
                name = {"approve": "successUrl", "decline": "errorUrl", "cancel": "cancelUrl"}.get(choice, "pendingUrl")
                return 303, payment["returnUrls"].get(name, "")
        buttons = "".join(f"<button name=choice value={word}>{word}</button>"
                          for word in ("approve", "decline", "cancel", "pending"))
        return 200, f"<!doctype html><title>Example gateway</title><form method=post>{buttons}</form>"

    def notify(self, id):
        """Tells pspd the state of now, signed as in Standard Webhooks, until it is taken or some tries were made."""
        def send():
            with LOCK:
                body = json.dumps({"type": "payment.updated", "data": self.look(id)[1]}).encode()
            name, secret = "msg_" + secrets.token_hex(12), base64.b64decode(self.options.secret.removeprefix("whsec_"))
            for pause in (0, 1, 5, 25):
                time.sleep(pause)
                now = str(int(time.time()))
                code = hmac.digest(secret, f"{name}.{now}.".encode() + body, hashlib.sha256)
                headers = {"Content-Type": "application/json", "webhook-id": name, "webhook-timestamp": now,
                           "webhook-signature": "v1," + base64.b64encode(code).decode()}
                try:
                    return urllib.request.urlopen(
                        urllib.request.Request(self.options.notify_url, body, headers), timeout=10).close()
                except OSError as error:
                    print("notification not taken:", error, flush=True)
        if self.options.notify_url:
            threading.Thread(target=send, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize, disable_nagle_algorithm = "HTTP/1.1", 65536, True

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, BODY_BYTES_MAX))
        self.close_connection |= length > BODY_BYTES_MAX
        page = re.fullmatch("/pay/([0-9a-f]{32})", self.path)
        token = f"Bearer {self.gateway.options.token}".encode()
        try:
            if page:
                choice = re.fullmatch(b"choice=([a-z]+)", body)
                with LOCK:
                    status, answer = self.gateway.visit(page[1], choice and choice[1].decode())
            elif not hmac.compare_digest((self.headers.get("Authorization") or "").encode(), token):
                status, answer = 401, {"errorMessage": "wrong token"}
            else:
                status, answer = "wait", 0
            while status == "wait":
                time.sleep(answer)
                with LOCK:
                    status, answer = self.route(self.gateway, json.loads(body or "{}"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            status, answer = 400, {"errorMessage": f"cannot be read: {type(error).__name__}"}
        content = (answer if page else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if page else "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 303:
            self.send_header("Location", answer)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST

    def route(self, gateway, body):
        match [self.command, *self.path.strip("/").split("/")]:
            case ["POST", "accounts"]: return gateway.connect(body)
            case ["POST", "payments"]: return gateway.pay(body, self.headers["Host"])
            case ["GET", "payments", id]: return gateway.look(id)
            case ["POST", "payments", id, "cancel"]: return gateway.cancel(id)
            case ["POST", "payments", id, "capture" | "void" as action]:
                return gateway.act(id, action, body["amount"], self.headers["Idempotency-Key"])
            case ["POST", "payments", id, "refunds"]: return gateway.refund(id, body["id"], body["amount"])
            case ["GET", "payments", id, "refunds", refund]: return gateway.look_refund(id, refund)
            case ["POST", "payments", id, "refunds", refund, "cancel"]: return gateway.look_refund(id, refund, True)
        return 404, {"errorMessage": "no such path"}

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--token-file", required=True, help="what pspd has as gateway.token-file")
    parser.add_argument("--state-file", required=True, help="made when it is not there")
    parser.add_argument("--notify-url", help="pspd's /v1/notifications")
    parser.add_argument("--notify-secret-file", help="what pspd has as gateway.notification-secret-file")
    options = parser.parse_args()
    if options.notify_url and not options.notify_secret_file:
        parser.error("--notify-url needs --notify-secret-file")
    options.token = open(options.token_file).read().strip()
    options.secret = open(options.notify_secret_file).read().split()[0] if options.notify_url else ""
    http.server.ThreadingHTTPServer.request_queue_size = 128
    Handler.gateway = Gateway(options)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
