// From the configuration to what each part needs of it.

import Courier
import Endpoints
import Foundation
import Notifications
import Processors
import Store
import WixPayments

extension PspdConfiguration {
    var endpointSettings: EndpointSettings {
        let codes = wix.captureVoidReasonCodes
        return EndpointSettings(
            requireConnectedMerchant: requireConnectedMerchant,
            inFlightWaitSeconds: Double(inFlightWaitSeconds),
            answerDeadlineSeconds: Double(answerDeadlineSeconds),
            redirectExpiryMinutes: redirectExpiryMinutes,
            maxWaitingRequests: maxWaitingRequests,
            actionCodes: ActionCodes(
                alreadyCaptured: codes.alreadyCaptured.flatMap(ActionFailureCode.init),
                alreadyVoided: codes.alreadyVoided.flatMap(ActionFailureCode.init),
                amountMismatch: codes.amountMismatch.flatMap(ActionFailureCode.init),
                failed: codes.failed.flatMap(ActionFailureCode.init)))
    }

    var operatorSettings: OperatorSettings {
        OperatorSettings(
            version: Pspd.version, keys: wix.publicKeys.map(OperatorSettings.Key.init),
            minFreeMegabytes: minFreeMegabytes, alertAfterMinutes: courier.alertAfterMinutes)
    }

    /// Nil without a load for the courier, which alone reads the app secret.
    var courierSettings: CourierSettings? {
        wix.appSecret.map { secret in
            CourierSettings(
                appID: wix.appID, appSecret: secret, apiBaseURL: wix.apiBaseURL, caFile: wix.caFile,
                userAgent: wix.userAgent, concurrency: courier.concurrency,
                requestTimeoutSeconds: Double(courier.requestTimeoutSeconds),
                retryScheduleSeconds: courier.retryScheduleSeconds.map(Double.init),
                giveUpAfterHours: Double(courier.giveUpAfterHours),
                alertAfterMinutes: Double(courier.alertAfterMinutes), redirectExpiryMinutes: redirectExpiryMinutes,
                retention: RetentionPolicy(
                    deliveredEventsDays: retention.deliveredEventsDays, operationsDays: retention.operationsDays))
        }
    }

    /// Whether events go to Wix itself, and so reach real shops: a name in Wix's API domain, however it is written.
    var reportsToWix: Bool {
        let host = (URL(string: wix.apiBaseURL)?.host ?? "").lowercased()
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        return name == Self.wixDomain || name.hasSuffix("." + Self.wixDomain)
    }

    private static let wixDomain = "wixapis.com"

    /// The processor that the configuration names.
    func makeProcessor() throws -> any PaymentProcessor {
        switch processor {
        case .sandbox(let sandbox):
            SandboxProcessor(
                SandboxSettings(
                    pendingSeconds: Double(sandbox.pendingSeconds),
                    currencies: sandbox.currencies.map { Set($0.compactMap(Currency.init)) },
                    servesLive: !reportsToWix,
                    publicBaseURL: publicBaseURL, effectsPath: store + ".effects.jsonl"))
        case .gateway(let gateway):
            try GatewayProcessor(settings(of: gateway))
        }
    }

    private func settings(of gateway: Gateway) -> GatewaySettings {
        var settings = GatewaySettings(
            baseURL: gateway.baseURL, token: gateway.token, timeoutSeconds: Double(gateway.timeoutSeconds),
            caFile: gateway.caFile, connectionsMax: maxWaitingRequests)
        let code = wix.captureVoidReasonCodes.failed.flatMap(ActionFailureCode.init)
        settings.actionFailureCode = code ?? .generalError
        return settings
    }

    /// Checks the gateway's notifications; nil where none are configured.
    func makeNotificationVerifier() throws -> NotificationVerifier? {
        guard case .gateway(let gateway) = processor, let secret = gateway.notificationSecret else { return nil }
        return try NotificationVerifier(secrets: secret)
    }
}
