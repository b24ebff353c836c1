// Words of metrics that mirror words of other targets: none may fall under `other`.

import Metrics
import Notifications
import RequestDigest
import Store
import Testing

@testable import Courier

@Suite("Labels") struct LabelTests {
    @Test("Every reason of a refused digest has its label", arguments: DigestRefusal.allCases)
    func digest(_ refusal: DigestRefusal) {
        #expect(DigestRefusalLabel(word: refusal.rawValue).word == refusal.rawValue)
    }

    @Test("Every reason of a refused notification has its label", arguments: NotificationRefusal.allCases)
    func notification(_ refusal: NotificationRefusal) {
        #expect(NotificationRefusalLabel(word: refusal.rawValue).word == refusal.rawValue)
    }

    @Test("Every class of a delivery's error has its label", arguments: DeliveryError.allCases)
    func delivery(_ error: DeliveryError) {
        #expect(AttemptLabel(error: error.rawValue).word == error.rawValue)
    }

    @Test(
        "Every code of the store's errors has its label",
        arguments: [StoreError.Code.full, .readOnly, .untrusted, .damaged, .newer, .overloaded, .failed])
    func store(_ code: StoreError.Code) {
        #expect("\(StoreErrorLabel(code: code.rawValue))" == code.rawValue)
    }
}
