import Foundation
import TacetAudit
import TacetLog
import TacetPrivacy

/// What an auditor finds in a ledger's folder, with nothing but its file and its public key.
struct LedgerEvidence {
  let verification: LedgerVerification
  let charged: Set<String>

  init(folder: URL) throws {
    let key = try String(contentsOf: folder.appendingPathComponent("key.pub"), encoding: .utf8)
    let file = folder.appendingPathComponent("ledger.sqlite")
    verification = try LedgerVerifier(key: NoteVerifier(key.trimmingCharacters(in: .newlines))).verify(file: file)
    charged = try LedgerFile(file: file).examine { ledger in
      var releases: Set<String> = []
      try ledger.forEachEntry { _, leaf in
        if case .charge(let terms) = LedgerEntry(canonicalBytes: leaf)?.content { releases.insert(terms.release) }
      }
      return releases
    }
  }
}
