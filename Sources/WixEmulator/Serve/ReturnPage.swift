// The four pages that a shop has for buyers who come back from the PSP. They say where the buyer
// landed; the event, not this page, decides the payment (spec §4).

/// A return page.
enum ReturnPage: String, CaseIterable {
    case success, error, cancel, pending

    static let path = "/emulator/return/"

    private var title: String {
        switch self {
        case .success: "Thank you for your order"
        case .error: "The payment did not go through"
        case .cancel: "The payment was canceled"
        case .pending: "The payment is being processed"
        }
    }

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <style>
        body { font: 1.125rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 32rem; padding: 0 1rem }
        </style>
        </head>
        <body>
        <main data-return="\(rawValue)">
        <h1>\(title)</h1>
        <p>This is the shop's <strong>\(rawValue)</strong> page, shown by wix-emulator. The event that the PSP sends
        decides the payment, not this page.</p>
        </main>
        </body>
        </html>

        """
    }
}
