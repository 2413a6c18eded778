import CP11Kit
import Dispatch
import Foundation
import Synchronization

/// A token that was logged in to once, with as many sessions as there are processors, or as the token allows: each serves one
/// thread at a time.
final class PKCS11Sessions: Sendable {
  private let module: PKCS11Module
  private let idle: Mutex<[CK_SESSION_HANDLE]>
  /// Counts the idle sessions, for those who wait for one.
  private let vacancies: DispatchSemaphore

  /// Opens the sessions; the PIN is tried once.
  /// - Throws: ``IdentityError``: not permitted for a wrong PIN, missing where there is no such token.
  init(_ uri: PKCS11URI, pin: PKCS11PIN) throws(IdentityError) {
    module = try PKCS11Module(path: uri.modulePath)
    let slot = try module.slot(of: uri)
    let first = try Self.open(slot, module)
    try Self.logIn(first, module, pin: pin)
    var sessions = [first]
    for _ in 1..<max(ProcessInfo.processInfo.activeProcessorCount, 1) {
      // A token of few sessions is a slower one.
      guard let next = try? Self.open(slot, module) else { break }
      sessions.append(next)
    }
    vacancies = DispatchSemaphore(value: sessions.count)
    idle = Mutex(sessions)
  }

  private static func open(_ slot: CK_SLOT_ID, _ module: PKCS11Module) throws(IdentityError) -> CK_SESSION_HANDLE {
    var session = CK_SESSION_HANDLE()
    try module.call("open a session") { $0.C_OpenSession?(slot, CKF_SERIAL_SESSION, nil, nil, &session) }
    return session
  }

  private static func logIn(
    _ session: CK_SESSION_HANDLE, _ module: PKCS11Module, pin: PKCS11PIN
  ) throws(IdentityError) {
    try module.call("take the PIN") { functions in
      let status = pin.bytes.withPointer { text in
        functions.C_Login?(session, CKU_USER, UnsafeMutablePointer(mutating: text), CK_ULONG(pin.bytes.count))
      }
      // Another key of this process is in the same token: the login is the process's.
      return status == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : status
    }
  }

  /// Runs `body` with a session of its own.
  private func withSession<Result>(
    _ body: (CK_SESSION_HANDLE) throws(IdentityError) -> Result
  ) throws(IdentityError) -> Result {
    vacancies.wait()
    // Whoever has waited finds one: there are as many as the semaphore counts.
    guard let session = idle.withLock({ $0.popLast() }) else {
      throw IdentityError(.internalFault, "no session is idle")
    }
    defer {
      idle.withLock { $0.append(session) }
      vacancies.signal()
    }
    return try body(session)
  }

  // MARK: Objects

  /// The objects of a class that a URI is about; of several, the first two.
  /// - Throws: ``IdentityError``.
  func objects(_ kind: CK_OBJECT_CLASS, of uri: PKCS11URI) throws(IdentityError) -> [CK_OBJECT_HANDLE] {
    var kind = kind
    var found = [CK_OBJECT_HANDLE](repeating: 0, count: 2)
    var count: CK_ULONG = 0
    let size = CK_ULONG(MemoryLayout<CK_OBJECT_CLASS>.size)
    try withSession { session throws(IdentityError) in
      try module.call("be searched") { functions in
        uri.withAttributes { asked in
          withUnsafeMutableBytes(of: &kind) { kind in
            var wanted =
              [CK_ATTRIBUTE(type: CKA_CLASS, pValue: kind.baseAddress, ulValueLen: size)] + Array(asked)
            let begun = functions.C_FindObjectsInit?(session, &wanted, CK_ULONG(wanted.count))
            guard begun == CKR_OK else { return begun }
            defer { _ = functions.C_FindObjectsFinal?(session) }
            return functions.C_FindObjects?(session, &found, 2, &count)
          }
        }
      }
    }
    return Array(found.prefix(Int(count)))
  }

  /// A value of an object; nil where it has none, or does not tell.
  func attribute(_ type: CK_ATTRIBUTE_TYPE, of object: CK_OBJECT_HANDLE) throws(IdentityError) -> [UInt8]? {
    try withSession { session throws(IdentityError) in
      // Longer than any public key that is accepted.
      var bytes = [UInt8](repeating: 0, count: 4096)
      let length = bytes.withUnsafeMutableBytes { buffer -> CK_ULONG? in
        var wanted = CK_ATTRIBUTE(type: type, pValue: buffer.baseAddress, ulValueLen: CK_ULONG(buffer.count))
        guard module.functions.C_GetAttributeValue?(session, object, &wanted, 1) == CKR_OK else { return nil }
        return wanted.ulValueLen
      }
      guard let length, length > 0, length <= CK_ULONG(bytes.count) else { return nil }
      return Array(bytes.prefix(Int(length)))
    }
  }

  // MARK: Signing

  /// Signs with a private key.
  /// - Throws: ``IdentityError``: missing, input or output where token or key are gone.
  func sign(
    _ data: [UInt8], by key: CK_OBJECT_HANDLE, mechanism: CK_MECHANISM_TYPE
  ) throws(IdentityError) -> [UInt8] {
    try withSession { session throws(IdentityError) in
      var mechanism = CK_MECHANISM(mechanism: mechanism, pParameter: nil, ulParameterLen: 0)
      try module.call("sign") { $0.C_SignInit?(session, &mechanism, key) }
      var data = data
      // That of an RSA key of 8192 bits.
      var signature = [UInt8](repeating: 0, count: 1024)
      var length = CK_ULONG(signature.count)
      try module.call("sign") { $0.C_Sign?(session, &data, CK_ULONG(data.count), &signature, &length) }
      return Array(signature.prefix(Int(length)))
    }
  }
}
