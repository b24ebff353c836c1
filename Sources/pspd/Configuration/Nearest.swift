// Guesses what a mistyped key was meant to be, for the text of a fault.

/// Finds the known key nearest to an unknown one.
enum Nearest {
    /// Most edits between a mistyped name and what was meant.
    static let editsMax = 3

    /// The key with the same last name in another section, else the one with the fewest edits; nil when none is near.
    static func key(to unknown: String, among known: some Collection<String>) -> String? {
        let name = lastName(unknown)
        if let moved = known.sorted().first(where: { lastName($0) == name }) { return moved }
        let nearest = known.sorted().map { (key: $0, edits: edits(from: unknown, to: $0)) }.min { $0.edits < $1.edits }
        guard let nearest, nearest.edits <= min(editsMax, unknown.count / 2) else { return nil }
        return nearest.key
    }

    private static func lastName(_ path: String) -> Substring {
        path.split(separator: ".").last ?? ""
    }

    /// Levenshtein's distance: insertions, deletions and replacements.
    private static func edits(from: String, to: String) -> Int {
        let target = Array(to.utf8)
        var row = Array(0...target.count)
        for (index, character) in from.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in target.indices {
                let replaced = diagonal + (character == target[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[target.count]
    }
}
