package import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
package import TacetIdentity
package import TacetLog
package import TacetTransport

/// Asks an authority (`tacet ca serve`): one connection a request.
package struct AuthorityClient: Sendable {
  /// Where it listens.
  package let address: Endpoint

  /// For everything, the connection included.
  private static let timeout = Duration.seconds(15)
  /// The longest answer that is read, in bytes: that of the revocation lists.
  private static let mostBytes = 64 << 20

  package init(address: Endpoint) {
    self.address = address
  }

  // MARK: Certificates

  /// Redeems a join token for the first certificate of a workload.
  ///
  /// The root's fingerprint and the trust domain in the token tell whether it is the authority that answers; the token's secret goes to
  /// nobody else.
  /// - Parameter key: the same at every try: a token is good for one.
  /// - Throws: ``AuthorityError``, `IdentityError`, ``TransportError``.
  package func enrol(_ token: JoinToken, key: EnrolmentKey) async throws -> IssuedSVID {
    let tls = PinnedTLS(trustDomain: token.trustDomain) { token.names($0) }
    let outcome = HandshakeOutcome()
    let body = try JSONEncoder().encode(["token": token.text, "csr": key.request])
    let answer = try await ask(.POST, "/v1/enrol", body: body, outcome: outcome) {
      try tls.clientHandler(outcome: outcome)
    }
    let svid = try await certified(answer, key, in: token.trustDomain)
    guard svid.roots.contains(where: token.names) else {
      throw AuthorityError.refused(address, status: 200, "the bundle that it sends lacks the root of the token")
    }
    return svid
  }

  /// Gets a new certificate in the place of the one that is shown.
  /// - Throws: as ``enrol(_:key:)``.
  package func renew(_ identity: MeshIdentity, key: EnrolmentKey) async throws -> IssuedSVID {
    let current = identity.svid
    let body = try JSONEncoder().encode(["csr": key.request])
    let answer = try await ask(.POST, "/v1/renew", body: body, as: identity)
    let svid = try await certified(answer, key, in: current.id.trustDomain)
    guard svid.id == current.id else {
      throw AuthorityError.refused(address, status: 200, "the certificate that it sends is of \(svid.id)")
    }
    return svid
  }

  private func certified(_ answer: Answer, _ key: EnrolmentKey, in domain: TrustDomain) async throws -> IssuedSVID {
    let reply = try read(EnrolmentReply.self, answer)
    return try await key.certified(by: reply.chain, bundle: reply.bundle, in: domain)
  }

  // MARK: Documents

  /// The revocation lists, PEM, and their mark; nil where they are those of the mark that is known.
  /// - Throws: ``AuthorityError``, ``TransportError``.
  package func revocationLists(
    as identity: MeshIdentity, known: String?
  ) async throws -> (pem: Data, tag: String?)? {
    let answer = try await ask(.GET, "/v1/crl", as: identity, known: known)
    return answer.isKnown ? nil : (answer.body, answer.tag)
  }

  /// The proof that the certificate with this SHA-256 (32 bytes) is in the authority's log; nil where it knows of none. Nothing of it
  /// is believed yet.
  /// - Throws: ``AuthorityError``, `IdentityError`, ``TransportError``.
  package func proof(of fingerprint: [UInt8], as identity: MeshIdentity) async throws -> InclusionProof? {
    let path = "/v1/proof/\(Hexadecimal.text(fingerprint))"
    do {
      let answer = try await ask(.GET, path, as: identity, mostBytes: InclusionProof.mostBytes)
      return try InclusionProof(String(decoding: answer.body, as: UTF8.self))
    } catch AuthorityError.refused(_, status: 404, _) {
      return nil
    }
  }

  private struct TokenReply: Decodable {
    let token: String
    let expiresAt: Date
  }

  /// A JWT-SVID of the workload that shows its certificate.
  /// - Throws: ``AuthorityError``, ``TransportError``.
  package func jwt(as identity: MeshIdentity, audience: [String]) async throws -> WorkloadToken {
    let body = try JSONEncoder().encode(["audience": audience])
    let answer = try await ask(.POST, "/v1/jwt", body: body, as: identity)
    let reply = try read(TokenReply.self, answer)
    return WorkloadToken(text: reply.token, expiresAt: reply.expiresAt)
  }

  /// The SPIFFE bundle, JSON.
  /// - Throws: ``AuthorityError``, ``TransportError``.
  package func bundle(as identity: MeshIdentity) async throws -> Data {
    try await ask(.GET, "/v1/bundle", as: identity).body
  }

  // MARK: Asking

  private func read<Value: Decodable>(_ type: Value.Type, _ answer: Answer) throws(AuthorityError) -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .iso8601
    guard let value = try? decoder.decode(type, from: answer.body) else { throw .unreadable(address) }
    return value
  }

  /// What came back.
  struct Answer: Sendable {
    let status: Int
    let tag: String?
    let body: Data
    var isKnown: Bool { status == 304 }
  }

  private func ask(
    _ method: HTTPMethod, _ path: String, body: Data = Data(), as identity: MeshIdentity, known: String? = nil,
    mostBytes: Int = Self.mostBytes
  ) async throws -> Answer {
    let outcome = HandshakeOutcome()
    let authority = try SPIFFEID(trustDomain: identity.svid.id.trustDomain, path: "authority/ca")
    let tls = try MeshTLS(identity: identity, applicationProtocol: MeshTLS.http, role: .client)
    return try await ask(method, path, body: body, known: known, mostBytes: mostBytes, outcome: outcome) {
      try tls.clientHandler(outcome: outcome, expecting: authority)
    }
  }

  private func ask(
    _ method: HTTPMethod, _ path: String, body: Data, known: String? = nil, mostBytes: Int = Self.mostBytes,
    outcome: HandshakeOutcome, tls: @escaping @Sendable () throws -> NIOSSLClientHandler
  ) async throws -> Answer {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let promise = loop.makePromise(of: Answer.self)
    let request = AuthorityRequest(
      method: method, path: path, host: address.host, body: body, known: known, mostBytes: mostBytes)
    let channel: any Channel
    do {
      channel = try await ClientBootstrap(group: loop).connectTimeout(TimeAmount(Self.timeout))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(try tls())
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            try channel.pipeline.syncOperations.addHandler(
              AuthorityClientHandler(request: request, promise: promise, timeout: TimeAmount(Self.timeout)))
          }
        }
        .connect(host: address.host, port: address.port).get()
    } catch {
      promise.fail(error)
      throw TransportError.unreachable(address, reason: "nobody listens there or it cannot be reached")
    }
    defer { channel.close(promise: nil) }
    let answer: Answer
    do {
      answer = try await promise.futureResult.get()
    } catch {
      throw failure(error, outcome)
    }
    guard answer.status == 200 || answer.isKnown else { throw refusal(answer) }
    return answer
  }

  private func failure(_ error: any Error, _ outcome: HandshakeOutcome) -> any Error {
    if let rejection = outcome.rejection { return TransportError.peerRefused(address, rejection) }
    if error is AuthorityClientHandler.Late { return TransportError.timedOut(address, Self.timeout) }
    return TransportError.handshakeFailed(
      address, reason: "it does not accept this certificate, or is no authority's port of that kind")
  }

  private func refusal(_ answer: Answer) -> AuthorityError {
    let message = (try? JSONDecoder().decode([String: String].self, from: answer.body))?["error"]
    let line = (message ?? "no reason given").unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
    return .refused(address, status: answer.status, String(String(String.UnicodeScalarView(line)).prefix(300)))
  }
}
