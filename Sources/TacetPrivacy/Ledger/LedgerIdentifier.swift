import TacetLog

/// The names that the ledger takes: printable ASCII without space, `"` and `\`, so that a name has one encoding and
/// one look.
enum LedgerIdentifier {
  /// The longest name in bytes.
  static let maximumByteCount = 256

  /// Checks a device name or release ID.
  /// - Throws: `LedgerError.invalidValue` naming `field`; the value is not repeated.
  static func check(_ name: String, field: String) throws(LedgerError) {
    guard !name.isEmpty, name.utf8.count <= maximumByteCount else {
      throw .invalidValue(field: field, reason: "it must have 1 to \(maximumByteCount) bytes")
    }
    guard name.utf8.allSatisfy({ CanonicalWriter.isPlain($0) && $0 != 0x20 }) else {
      throw .invalidValue(
        field: field, reason: "it must be printable ASCII without spaces, quotation marks and backslashes")
    }
  }

  /// Checks what a person wrote: any text of some length.
  /// - Throws: `LedgerError.invalidValue` naming `field`.
  static func check(text: String, upTo maximum: Int, field: String) throws(LedgerError) {
    guard !text.isEmpty, text.utf8.count <= maximum else {
      throw .invalidValue(field: field, reason: "it must have 1 to \(maximum) bytes")
    }
  }
}
