// Capture and Void (spec §5).

extension Check {
    static let captures: [Check] = [
        Check(
            "captures.capture", "§5", "An authorized payment can be captured",
            wix: "The merchant ships and never gets the money.", needs: [.captures]
        ) { probe in
            let call = try await probe.capture(try await probe.authorized())
            try probe.require(call.outcome == .captured, call.came)
        },
        Check(
            "captures.repeat", "§5", "A capture of a captured payment is answered with HTTP 200 and a JSON object",
            wix: "Wix never learns that the capture has happened.", needs: [.captures]
        ) { probe in
            let call = try await probe.capture(try await probe.captured())
            try probe.require(call.isAnswered && call.json.members != nil, call.came)
        },
        Check(
            "captures.after-void", "§5", "A capture of a voided payment fails, with HTTP 200 and a reasonCode",
            wix: "The shop ships what nobody pays.", needs: [.captures]
        ) { probe in
            let call = try await probe.capture(try await probe.voided())
            try probe.require(call.outcome == .captureFailed, call.came)
        },
        Check(
            "captures.too-much", .should, "§5", "A capture of more than was authorized is refused",
            wix: "The buyer pays more than they agreed to.", needs: [.captures]
        ) { probe in
            let payment = try await probe.authorized()
            let call = try await probe.capture(payment, payment.amount + 100)
            try probe.require(call.outcome != .captured, call.came)
        },
        Check(
            "captures.crossed", "§5", "Capture and void at once: at most one of them succeeds",
            wix: "Wix shows a payment as captured that was given up, or the other way round.", needs: [.captures]
        ) { probe in
            for _ in 1...3 {
                let payment = try await probe.authorized()
                async let capture = probe.capture(payment)
                async let void = probe.void(payment)
                let outcomes = [try await capture.outcome, try await void.outcome]
                if outcomes != [.captured, .voided] { continue }
                // With one after the other it is another check's business.
                try probe.expect(
                    try await probe.capture(try await probe.voided()), [.captureFailed], "captures.after-void")
                try probe.expect(
                    try await probe.void(try await probe.captured()), [.voidFailed], "voids.after-capture")
                throw Finding.broken("both succeeded")
            }
        },
        Check(
            "captures.unknown-payment", "§1, §10", "Capture and void of an unknown payment fail, with HTTP 200",
            wix: "Wix takes it as failed in transport and calls again.", needs: [.captures]
        ) { probe in
            let id = Session.newID()
            let capture = try await probe.call(
                .captureTransaction, probe.session.followUp(id, "psp-no-such-payment", .capture(amount: 100)))
            try probe.require(capture.outcome == .captureFailed, "capture: \(capture.came)")
            let void = try await probe.call(
                .voidTransaction, probe.session.followUp(id, "psp-no-such-payment", .void(amount: 100)))
            try probe.require(void.outcome == .voidFailed, "void: \(void.came)")
        },
        Check(
            "voids.void", "§5", "An authorized payment can be voided",
            wix: "The buyer's money stays blocked.", needs: [.captures]
        ) { probe in
            let call = try await probe.void(try await probe.authorized())
            try probe.require(call.outcome == .voided, call.came)
        },
        Check(
            "voids.repeat", "§5", "A void of a voided payment is answered with HTTP 200 and a JSON object",
            wix: "Wix never learns that the void has happened.", needs: [.captures]
        ) { probe in
            let call = try await probe.void(try await probe.voided())
            try probe.require(call.isAnswered && call.json.members != nil, call.came)
        },
        Check(
            "voids.after-capture", "§5", "A void of a captured payment fails, with HTTP 200 and a reasonCode",
            wix: "Wix shows a payment as given up that was taken.", needs: [.captures]
        ) { probe in
            let call = try await probe.void(try await probe.captured())
            try probe.require(call.outcome == .voidFailed, call.came)
        },
        Check(
            "voids.other-amount", .should, "§5", "A void of another amount than was authorized is refused",
            wix: "Wix and the PSP disagree on what was given up.", needs: [.captures]
        ) { probe in
            let payment = try await probe.authorized()
            let call = try await probe.void(payment, payment.amount / 2)
            try probe.require(call.outcome != .voided, call.came)
        },
    ]
}
