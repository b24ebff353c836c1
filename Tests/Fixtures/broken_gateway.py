#!/usr/bin/env python3
"""The example gateway with one thing wrong: broken_gateway.py EXAMPLE VARIANT, then the example's own options."""
import copy, secrets, sys

example, variant = sys.argv[1:3]
sys.argv = [example, *sys.argv[3:]]
with open(example) as file:  # the part behind the guard runs at the end, with the patched classes
    definitions, guard, start = file.read().partition('if __name__ == "__main__":')
namespace = {"__name__": "__main__"}
exec(definitions, namespace)
Gateway, Handler = namespace["Gateway"], namespace["Handler"]
SLOW_CARD = "4000000000006975"
whole = {name: getattr(Gateway, name) for name in ("look", "pay", "cancel", "act", "refund", "look_refund")}


def any_token(self):
    self.headers.replace_header("Authorization", f"Bearer {self.gateway.options.token}")
    Handler.do_whole(self)


def runs_repeats_anew(self, order, host):
    self.payments.pop(order["id"], None)
    return whole["pay"](self, order, host)


def runs_declined_anew(self, order, host):
    if self.payments.get(order["id"], {}).get("status") == "declined":
        del self.payments[order["id"]]
    return whole["pay"](self, order, host)


def unknown_is_pending(self, id):
    return whole["look"](self, id) if id in self.payments else (200, {"status": "pending"})


def error_page(self, id):
    return whole["look"](self, id) if id in self.payments else (404, {"status": 404, "error": "Not Found"})


def error_500(self, order, host):
    status, answer = whole["pay"](self, order, host)
    return (500, answer) if status == 200 and answer["status"] == "declined" else (status, answer)


def tells_cards(self, order, host):
    """Declines with the card in the words, and in the number's several spellings."""
    status, answer = whole["pay"](self, order, host)
    number = ((order.get("paymentMethodData") or {}).get("card") or {}).get("number")
    if status == 200 and answer["status"] == "declined" and number:
        spaced = " ".join(number[start:start + 4] for start in range(0, len(number), 4))
        answer = answer | {"errorCode": number, "errorMessage": f"{number}, {spaced}, {spaced.replace(' ', '-')}: no"}
    return status, answer


def breaks_off(self, order, host):
    """Answers with the whole order and no JSON."""
    whole["pay"](self, order, host)
    return 500, {"error": order}


def ignores_capture(self, order, host):
    return whole["pay"](self, order | {"capture": True}, host)


def no_url(self, order, host):
    status, answer = whole["pay"](self, order, host)
    return status, {name: value for name, value in answer.items() if name != "redirectUrl"} if status == 200 else answer


def other_id(self, id):
    status, answer = whole["look"](self, id)
    return status, answer | {"id": "psp-1"} if status == 200 else answer


def slow_is_unknown(self, id):
    if self.payments.get(id, {}).get("slow") and self.payments[id]["status"] == "pending":
        return 404, {"errorMessage": "no such payment"}
    return whole["look"](self, id)


def forgets_cancels(self, id):
    return whole["cancel"](self, id) if id in self.payments else (200, {"status": "canceled"})


def cancels_approved(self, id):
    if self.payments.get(id, {}).get("status") == "approved":
        return 200, {"id": id, "status": "canceled"}
    return whole["cancel"](self, id)


def captures_again(self, id, action, amount, key):
    if action == "capture" and self.payments[id]["status"] == "captured":
        self.payments[id]["status"] = "authorized"
    return whole["act"](self, id, action, amount, key)


def captures_above(self, id, action, amount, key):
    return whole["act"](self, id, action, min(amount, self.payments[id]["amount"]), key)


def captures_voided(self, id, action, amount, key):
    if action == "capture" and self.payments[id]["status"] == "voided":
        self.payments[id]["status"] = "authorized"
    return whole["act"](self, id, action, amount, key)


def refunds_again(self, id, refund, amount):
    refunds = self.payments[id]["refunds"]
    if refund in refunds:
        refunds[f"{refund}-{len(refunds)}"] = copy.copy(refunds[refund])
    return whole["refund"](self, id, refund, amount)


def refunds_above(self, id, refund, amount):
    self.payments[id]["refunds"].setdefault(refund, {"status": "succeeded", "amount": amount})
    return 200, self.payments[id]["refunds"][refund]


def unknown_refund_failed(self, id, refund, cancel=False):
    status, answer = whole["look_refund"](self, id, refund, cancel)
    return (200, {"status": "failed"}) if status == 404 else (status, answer)


def forgets_refund_cancels(self, id, refund, cancel=False):
    return (200, {"status": "failed"}) if cancel else whole["look_refund"](self, id, refund)


def takes_anything(self, order, host):
    return whole["pay"](self, {"amount": 0, "paymentMethodData": {"reference": {}}} | order, host)


def new_account(self, order):
    return 200, {"status": "succeeded", "accountId": secrets.token_hex(8), "credentials": order["credentials"]}


def stalls(self, order, host):
    card = (order.get("paymentMethodData") or {}).get("card") or {}
    return ("wait", 3600) if card.get("number") == SLOW_CARD else whole["pay"](self, order, host)


def answers_late(self, order, host):
    """Charges the slow card at once, and says so after some seconds."""
    id = order["id"]
    if order["paymentMethodData"]["card"]["number"] != SLOW_CARD or id in self.payments:
        return whole["pay"](self, order, host)
    order["paymentMethodData"]["card"]["number"] = "4111111111111111"
    whole["pay"](self, order, host)
    return "wait", 5


PATCHES = {
    "tells-cards": ("pay", tells_cards), "breaks-off": ("pay", breaks_off),
    "stalls": ("pay", stalls), "answers-late": ("pay", answers_late),
    "any-token": ("do_POST", any_token), "runs-repeats-anew": ("pay", runs_repeats_anew),
    "runs-declined-anew": ("pay", runs_declined_anew), "unknown-is-pending": ("look", unknown_is_pending),
    "error-page": ("look", error_page), "error-500": ("pay", error_500), "ignores-capture": ("pay", ignores_capture),
    "no-url": ("pay", no_url), "other-id": ("look", other_id), "slow-is-unknown": ("look", slow_is_unknown),
    "forgets-cancels": ("cancel", forgets_cancels), "cancels-approved": ("cancel", cancels_approved),
    "captures-again": ("act", captures_again), "captures-above": ("act", captures_above),
    "captures-voided": ("act", captures_voided), "refunds-again": ("refund", refunds_again),
    "refunds-above": ("refund", refunds_above), "unknown-refund-failed": ("look_refund", unknown_refund_failed),
    "forgets-refund-cancels": ("look_refund", forgets_refund_cancels), "takes-anything": ("pay", takes_anything),
    "new-account": ("connect", new_account),
}
name, patch = PATCHES[variant]
if name == "do_POST":
    Handler.do_whole = Handler.do_POST
    Handler.do_POST = Handler.do_GET = patch
else:
    setattr(Gateway, name, patch)
exec(guard + start, namespace)
