import CP11Kit
import Foundation

/// Where a key is in a token: a `pkcs11:` URI (RFC 7512) that names the token, the key and the module to reach it by. It bears no
/// PIN, so that it may be kept and printed.
///
/// Sendable is unchecked because of the pointer: what p11-kit has read is not changed afterwards, and freed in `deinit`.
public final class PKCS11URI: @unchecked Sendable, CustomStringConvertible {
  /// How such a URI begins.
  public static let scheme = "pkcs11:"

  /// The URI in p11-kit's spelling.
  public let description: String
  /// The shared library by which the token is reached.
  let modulePath: String

  private let parsed: OpaquePointer

  /// Reads a URI.
  /// - Throws: ``IdentityError`` when it is malformed, holds a PIN, or names no key or no module.
  public init(_ text: String) throws(IdentityError) {
    guard let parsed = p11_kit_uri_new() else { throw IdentityError(.internalFault, "not enough memory for a URI") }
    do throws(IdentityError) {
      (description, modulePath) = try Self.read(text, into: parsed)
    } catch {
      p11_kit_uri_free(parsed)
      throw error
    }
    self.parsed = parsed
  }

  deinit { p11_kit_uri_free(parsed) }

  private static func read(_ text: String, into parsed: OpaquePointer) throws(IdentityError) -> (String, String) {
    let status = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, parsed)
    guard status == P11_KIT_URI_OK.rawValue, p11_kit_uri_any_unrecognized(parsed) == 0 else {
      throw IdentityError(
        .badInput, "not a pkcs11: URI of a key in a token (RFC 7512), as pkcs11:token=T;object=KEY?module-path=P")
    }
    guard p11_kit_uri_get_pin_value(parsed) == nil, p11_kit_uri_get_pin_source(parsed) == nil else {
      throw IdentityError(.badInput, "the URI of the key names a PIN: give it with --pin-file, and consider it known")
    }
    guard p11_kit_uri_get_attribute(parsed, CKA_LABEL) != nil || p11_kit_uri_get_attribute(parsed, CKA_ID) != nil else {
      throw IdentityError(.badInput, "the URI of the key names no key: add object=LABEL or id=%01")
    }
    guard let path = p11_kit_uri_get_module_path(parsed).map({ String(cString: $0) }), path.hasPrefix("/") else {
      throw IdentityError(
        .badInput,
        "the URI of the key names no module: add ?module-path=, the whole path of the token's PKCS #11 library")
    }
    // Of a key pair's two objects the URI may name either.
    _ = p11_kit_uri_clear_attribute(parsed, CKA_CLASS)
    var formatted: UnsafeMutablePointer<CChar>?
    guard p11_kit_uri_format(parsed, P11_KIT_URI_FOR_ANY, &formatted) == P11_KIT_URI_OK.rawValue, let formatted else {
      throw IdentityError(.internalFault, "the URI of the key cannot be written")
    }
    defer { free(formatted) }
    return (String(cString: formatted), path)
  }

  /// Whether the URI is about a token.
  func matches(_ token: inout CK_TOKEN_INFO) -> Bool { p11_kit_uri_match_token_info(parsed, &token) == 1 }

  /// Lends what the URI says of the object.
  func withAttributes<Result>(_ body: (UnsafeBufferPointer<CK_ATTRIBUTE>) -> Result) -> Result {
    var count: CK_ULONG = 0
    let first = p11_kit_uri_get_attributes(parsed, &count)
    return body(UnsafeBufferPointer(start: first, count: Int(count)))
  }
}
