package import Foundation
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import TacetIdentity

/// Asks a Workload API, as any process of the host may: what would it give to the user that this process runs as?
package struct WorkloadClient: Sendable {
  /// An identity that the API hands out; its key is not kept.
  package struct Identity: Sendable, Hashable {
    /// Which.
    package let id: SPIFFEID
    /// What the operator says it is for; empty for nothing.
    package let hint: String
    /// The leaf's serial number, in lower-case hexadecimal.
    package let serial: String
    /// When the first certificate of its chain expires.
    package let notAfter: Date
  }

  /// The socket.
  package let path: String

  /// - Parameter path: of the socket.
  package init(path: String) { self.path = path }

  /// The identities of the caller, the default one first, each verified against the roots that came with it.
  /// - Throws: ``WorkloadAPIError``.
  package func identities(
    timeout: Duration = .seconds(10), at date: Date = Date()
  ) async throws(WorkloadAPIError) -> [Identity] {
    let svids: [WorkloadX509SVID]
    do {
      svids = try await fetch(timeout: timeout)
    } catch let error as RPCError where error.code == .permissionDenied {
      throw .noIdentity(path: path)
    } catch {
      throw .noAnswer(path: path)
    }
    var identities: [Identity] = []
    for svid in svids { identities.append(try await verified(svid, at: date)) }
    return identities
  }

  private func fetch(timeout: Duration) async throws -> [WorkloadX509SVID] {
    try await withGRPCClient(
      transport: .http2NIOPosix(target: .unixDomainSocket(path: path), transportSecurity: .plaintext)
    ) { client in
      var options = CallOptions.defaults
      options.timeout = timeout
      options.waitForReady = false
      return try await WorkloadSpiffeWorkloadAPI.Client(wrapping: client).fetchX509SVID(
        WorkloadX509SVIDRequest(), metadata: [SecurityHeader.name: "true"], options: options
      ) { response in
        for try await message in response.messages { return message.svids }
        return []
      }
    }
  }

  private func verified(_ svid: WorkloadX509SVID, at date: Date) async throws(WorkloadAPIError) -> Identity {
    guard let id = try? SPIFFEID(uri: svid.spiffeID),
      let chain = CertificateFile.concatenated(Array(svid.x509Svid)),
      let roots = CertificateFile.concatenated(Array(svid.bundle)),
      let verifier = try? ChainVerifier(roots: roots, trustDomain: id.trustDomain)
    else { throw .badAnswer(path: path, reason: "it cannot be read") }
    switch await verifier.verify(presented: chain, at: date, expecting: id) {
    case .valid(let peer):
      return Identity(id: id, hint: svid.hint, serial: peer.serial, notAfter: peer.notAfter)
    case .refused(let rejection):
      throw .badAnswer(path: path, reason: "\(rejection)")
    }
  }
}
