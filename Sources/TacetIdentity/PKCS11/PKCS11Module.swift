import CP11Kit
import Foundation

/// A PKCS #11 module, the shared library of a kind of tokens: opened and initialised by p11-kit for as long as this object lives.
///
/// Sendable is unchecked because of the pointer: the functions behind it may be called from any thread, which p11-kit demands of
/// the module when it initialises it (CKF_OS_LOCKING_OK).
final class PKCS11Module: @unchecked Sendable {
  private let list: UnsafeMutablePointer<CK_FUNCTION_LIST>

  /// - Throws: ``IdentityError``: missing where there is no such file.
  init(path: String) throws(IdentityError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw IdentityError(
        .missing, "the PKCS #11 module \(path) is missing: install the token's software, or correct module-path")
    }
    guard let list = p11_kit_module_load(path, Int32(P11_KIT_MODULE_CRITICAL)) else {
      throw IdentityError(.badInput, "\(path) is not a PKCS #11 module: correct module-path")
    }
    let status = p11_kit_module_initialize(list)
    guard status == CKR_OK else {
      p11_kit_module_release(list)
      throw IdentityError(.inputOutput, "the PKCS #11 module \(path) does not start: \(Self.text(of: status))")
    }
    self.list = list
  }

  deinit {
    p11_kit_module_finalize(list)
    p11_kit_module_release(list)
  }

  /// The functions of the module.
  var functions: CK_FUNCTION_LIST { list.pointee }

  /// Calls a function of the module.
  /// - Parameter purpose: what it is called for, as in "the token cannot …".
  /// - Throws: ``IdentityError``.
  func call(_ purpose: String, _ body: (CK_FUNCTION_LIST) -> CK_RV?) throws(IdentityError) {
    let status = body(list.pointee) ?? CKR_FUNCTION_NOT_SUPPORTED
    guard status == CKR_OK else { throw Self.failure(status, purpose) }
  }

  /// The slot of the one token that a URI is about. Not one of several: a PIN that is not its own would count as a wrong one.
  /// - Throws: ``IdentityError``: missing where there is none.
  func slot(of uri: PKCS11URI) throws(IdentityError) -> CK_SLOT_ID {
    var count: CK_ULONG = 0
    try call("be listed") { $0.C_GetSlotList?(CK_BBOOL(CK_TRUE), nil, &count) }
    var slots = [CK_SLOT_ID](repeating: 0, count: Int(count))
    try call("be listed") { $0.C_GetSlotList?(CK_BBOOL(CK_TRUE), &slots, &count) }
    let found = slots.prefix(Int(count)).filter { slot in
      var token = CK_TOKEN_INFO()
      guard functions.C_GetTokenInfo?(slot, &token) == CKR_OK else { return false }
      return token.flags & CKF_TOKEN_INITIALIZED != 0 && uri.matches(&token)
    }
    guard let slot = found.first else {
      throw IdentityError(.missing, "there is no token for \(uri): plug it in, or correct the URI")
    }
    guard found.count == 1 else {
      throw IdentityError(.badInput, "\(found.count) tokens are meant by \(uri): name one, by token= or serial=")
    }
    return slot
  }

  // MARK: Failures

  private static func failure(_ status: CK_RV, _ purpose: String) -> IdentityError {
    switch status {
    case CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE:
      IdentityError(.notPermitted, "wrong PIN for the token; it was tried once only, since tokens lock themselves")
    case CKR_PIN_LOCKED:
      IdentityError(
        .notPermitted, "the token has locked itself after wrong PINs: its security officer must set a new one")
    case CKR_PIN_EXPIRED, CKR_USER_PIN_NOT_INITIALIZED:
      IdentityError(.notPermitted, "the token's PIN must be set first: \(text(of: status))")
    case CKR_KEY_HANDLE_INVALID, CKR_OBJECT_HANDLE_INVALID:
      IdentityError(.missing, "the key is no longer in the token")
    case CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED:
      IdentityError(.inputOutput, "the token was taken away: plug it in, and run the command again")
    default:
      IdentityError(.inputOutput, "the token cannot \(purpose): \(text(of: status))")
    }
  }

  private static func text(of status: CK_RV) -> String {
    p11_kit_strerror(status).map { String(cString: $0) } ?? "error \(status)"
  }
}
