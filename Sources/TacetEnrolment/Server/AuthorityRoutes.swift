internal import Foundation
internal import Logging
internal import NIOHTTP1
internal import TacetIdentity
internal import TacetTransport

/// What the authority answers, by method and path; see `Documentation/identity.md` for the whole of it.
struct AuthorityRoutes: Sendable {
  let desk: RegistrationDesk
  /// Where the roots' own revocation lists are kept.
  let state: URL
  let rate: RequestRate
  let logger: Logger
  private let writtenLists = WrittenLists()

  /// Who asks.
  struct Caller: Sendable {
    /// Nil at the enrolment port.
    let peer: PeerIdentity?
    /// For the rate, and for the log.
    let address: String

    /// What its requests are counted by: the ID of its certificate, which nobody else can use up; else the network it is in.
    var rateKey: String { peer?.id.description ?? NetworkPrefix.of(address) }
  }

  /// The answer to a request; whatever is wrong with it is an answer too.
  func answer(_ request: HTTPRequest, from caller: Caller) async -> HTTPAnswer {
    let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    guard parts.first == "v1", parts.count >= 2 else { return .error(.notFound, "no such document") }
    if request.method == .POST || parts[1] == "ocsp" || parts[1] == "proof", !rate.take(caller.rateKey) {
      return .error(.tooManyRequests, "too many requests: try again later")
    }
    switch (request.method, parts[1], parts.count) {
    case (.POST, "enrol", 2): return await enrol(request, caller)
    case (.POST, "renew", 2): return await renew(request, caller)
    case (.POST, "jwt", 2): return await jwt(request, caller)
    case (.POST, "ocsp", 2): return ocsp(request.body)
    case (.GET, "ocsp", 3): return ocsp(Array(Data(base64Encoded: parts[2].removingPercentEncoding ?? "") ?? Data()))
    case (.GET, _, _): return document(Array(parts.dropFirst()))
    default: return .error(.notFound, "no such document, or not by \(request.method.rawValue)")
    }
  }

  // MARK: Certificates

  private struct EnrolRequest: Decodable {
    let token: String
    let csr: String
  }

  private struct RenewRequest: Decodable {
    let csr: String
  }

  private func enrol(_ request: HTTPRequest, _ caller: Caller) async -> HTTPAnswer {
    // Who has a certificate renews it.
    guard caller.peer == nil else { return .error(.notFound, "enrolment is at the other port") }
    guard let asked = try? JSONDecoder().decode(EnrolRequest.self, from: Data(request.body)) else {
      return .error(.badRequest, "the body must be {\"token\": …, \"csr\": …}")
    }
    return await reply(caller) { () async throws(RegistrationError) in
      try await desk.enrol(token: asked.token, csr: Data(asked.csr.utf8))
    }
  }

  private func renew(_ request: HTTPRequest, _ caller: Caller) async -> HTTPAnswer {
    guard let peer = caller.peer else {
      return .error(.unauthorized, "renewal needs the certificate that is to be renewed")
    }
    guard let asked = try? JSONDecoder().decode(RenewRequest.self, from: Data(request.body)) else {
      return .error(.badRequest, "the body must be {\"csr\": …}")
    }
    return await reply(caller) { () async throws(RegistrationError) in
      try await desk.renew(csr: Data(asked.csr.utf8), for: peer)
    }
  }

  private func reply(
    _ caller: Caller, _ issue: () async throws(RegistrationError) -> Enrolled
  ) async -> HTTPAnswer {
    do throws(RegistrationError) {
      let enrolled = try await issue()
      logger.notice(
        "certificate issued",
        metadata: ["id": "\(enrolled.id)", "serial": "\(enrolled.serial)", "address": "\(caller.address)"])
      return .json(
        EnrolmentReply(
          spiffeId: enrolled.id.description, serial: enrolled.serial, notAfter: enrolled.notAfter,
          chain: enrolled.chainPEM, bundle: enrolled.bundlePEM, proof: enrolled.proof.description))
    } catch {
      return refuse(error, caller)
    }
  }

  private struct TokenRequest: Decodable {
    let audience: [String]
  }

  private struct TokenReply: Encodable {
    let token: String
    let expiresAt: Date
  }

  private func jwt(_ request: HTTPRequest, _ caller: Caller) async -> HTTPAnswer {
    guard let peer = caller.peer else { return .error(.unauthorized, "a token is for who shows a certificate") }
    guard let asked = try? JSONDecoder().decode(TokenRequest.self, from: Data(request.body)) else {
      return .error(.badRequest, "the body must be {\"audience\": [\"…\"]}")
    }
    do throws(RegistrationError) {
      let (token, end) = try await desk.jwt(audience: asked.audience, for: peer)
      return .json(TokenReply(token: token, expiresAt: end))
    } catch {
      return refuse(error, caller)
    }
  }

  private func refuse(_ error: RegistrationError, _ caller: Caller) -> HTTPAnswer {
    logger.notice(
      "not registered",
      metadata: ["reason": "\(error.kind.rawValue)", "detail": "\(error)", "address": "\(caller.address)"])
    let status: HTTPResponseStatus =
      switch error.kind {
      case .malformedToken, .badRequest: .badRequest
      case .unknownToken, .wrongSecret, .expiredToken: .unauthorized
      case .usedToken: .conflict
      case .notGranted, .revoked, .expired, .notIssued: .forbidden
      case .unavailable: .serviceUnavailable
      }
    return .error(status, error.clientMessage)
  }

  // MARK: Documents

  private func ocsp(_ request: [UInt8]) -> HTTPAnswer {
    .document(desk.ocspResponse(to: request), "application/ocsp-response")
  }

  /// What anybody may read.
  private func document(_ path: [String]) -> HTTPAnswer {
    do {
      switch (path.first, path.count) {
      case ("crl", 1): return try lists()
      case ("crl", 2): return try list(of: path[1])
      case ("bundle", 1): return .document(Array(try desk.bundle()), "application/json")
      case ("roots", 1): return .document(Array(PublishedFile.text(try desk.roots()).utf8), "application/x-pem-file")
      case ("checkpoint", 1): return .document(Array(try desk.checkpoint().description.utf8), "text/plain")
      case ("proof", 2): return try proof(of: path[1])
      default: return .error(.notFound, "no such document")
      }
    } catch {
      logger.error("document not given out", metadata: ["path": "\(path.joined(separator: "/"))", "error": "\(error)"])
      return .error(.serviceUnavailable, "the authority cannot do that now: try again later")
    }
  }

  /// Every list, those of the roots as well.
  private func lists() throws(IdentityError) -> HTTPAnswer {
    let signed = try desk.revocationLists()
    let roots = try CertificateAuthority.rootRevocationLists(state: state)
    let all = signed.map(\.list) + roots
    let tag = all.map { "\($0.number)" }.joined(separator: "-")
    return .document(writtenLists.text(of: all, tag: tag), "application/x-pem-file", tag: "\"\(tag)\"")
  }

  private func list(of issuer: String) throws(IdentityError) -> HTTPAnswer {
    guard let signed = try desk.revocationLists().first(where: { $0.issuer == issuer }) else {
      return .error(.notFound, "no list of that key")
    }
    return .document(signed.list.der, "application/pkix-crl", tag: "\"\(signed.number)\"")
  }

  private func proof(of fingerprint: String) throws(IdentityError) -> HTTPAnswer {
    let digits = Array(fingerprint.utf8)
    let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
    guard digits.count == 64, bytes.count == 32 else {
      return .error(.badRequest, "SHA-256 of a certificate is 64 digits")
    }
    guard let proof = try desk.proof(fingerprint: bytes) else {
      return .error(.notFound, "no such certificate in the log")
    }
    return .document(Array(proof.description.utf8), "text/plain")
  }
}
