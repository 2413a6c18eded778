internal import Foundation
internal import GRPCCore
internal import Logging
internal import SwiftProtobuf
internal import TacetIdentity
internal import TacetTransport

/// The methods of `SpiffeWorkloadAPI`: who calls, what that user may have of what this host has, and no word more.
struct WorkloadService: WorkloadSpiffeWorkloadAPI.ServiceProtocol {
  let grants: WorkloadGrants
  let callers: GRPCPeers<WorkloadCaller>
  let rate: CallRate
  let board: WorkloadBoard
  let shelf: TokenShelf
  let now: @Sendable () -> Date
  let logger: Logger?

  // MARK: X.509

  func fetchX509SVID(
    request: ServerRequest<WorkloadX509SVIDRequest>, context: ServerContext
  ) async throws -> StreamingServerResponse<WorkloadX509SVIDResponse> {
    let caller = try caller(request.metadata)
    _ = try identities(of: caller, in: try current())
    return watching { snapshot in
      try snapshot.x509SVIDs(identities(of: caller, in: snapshot))
    } withoutSecrets: { response in
      for index in response.svids.indices { response.svids[index].x509SvidKey = Data() }
    }
  }

  func fetchX509Bundles(
    request: ServerRequest<WorkloadX509BundlesRequest>, context: ServerContext
  ) async throws -> StreamingServerResponse<WorkloadX509BundlesResponse> {
    let caller = try caller(request.metadata)
    _ = try identities(of: caller, in: try current())
    return watching { snapshot in
      _ = try identities(of: caller, in: snapshot)
      return snapshot.x509Bundles
    }
  }

  // MARK: JWT

  func fetchJWTSVID(
    request: ServerRequest<WorkloadJWTSVIDRequest>, context: ServerContext
  ) async throws -> ServerResponse<WorkloadJWTSVIDResponse> {
    let caller = try caller(request.metadata)
    let own = try identities(of: caller, in: try current())
    let audience = request.message.audience
    guard (1...JWTSVID.mostAudiences).contains(audience.count),
      audience.allSatisfy({ (1...JWTSVID.mostAudienceBytes).contains($0.utf8.count) })
    else {
      throw RPCError(
        code: .invalidArgument,
        message:
          "a token is for 1 to \(JWTSVID.mostAudiences) audiences of 1 to \(JWTSVID.mostAudienceBytes) bytes each")
    }
    var response = WorkloadJWTSVIDResponse()
    for identity in try wanted(request.message.spiffeID, of: own) {
      response.svids.append(try await token(audience: audience, for: identity))
    }
    return ServerResponse(message: response)
  }

  func fetchJWTBundles(
    request: ServerRequest<WorkloadJWTBundlesRequest>, context: ServerContext
  ) async throws -> StreamingServerResponse<WorkloadJWTBundlesResponse> {
    let caller = try caller(request.metadata)
    _ = try identities(of: caller, in: try current())
    return watching { snapshot in
      _ = try identities(of: caller, in: snapshot)
      return try jwtBundles(of: snapshot)
    }
  }

  func validateJWTSVID(
    request: ServerRequest<WorkloadValidateJWTSVIDRequest>, context: ServerContext
  ) async throws -> ServerResponse<WorkloadValidateJWTSVIDResponse> {
    let caller = try caller(request.metadata)
    let snapshot = try current()
    _ = try identities(of: caller, in: snapshot)
    guard !request.message.audience.isEmpty, !request.message.svid.isEmpty else {
      throw RPCError(code: .invalidArgument, message: "audience and svid must be there")
    }
    guard let bundle = snapshot.bundle else { throw Self.withoutBundle }
    do {
      let token = try JWTSVID.verify(
        request.message.svid, bundle: bundle, audience: request.message.audience, at: now())
      var response = WorkloadValidateJWTSVIDResponse()
      response.spiffeID = token.id.description
      response.claims = try Google_Protobuf_Struct(jsonUTF8Data: token.claims)
      return ServerResponse(message: response)
    } catch let error as JWTError {
      throw RPCError(code: .invalidArgument, message: error.description)
    } catch {
      throw RPCError(code: .invalidArgument, message: "the token's claims cannot be read")
    }
  }
}

// MARK: - Who calls

extension WorkloadService {
  /// An identity that a caller may have and this host has.
  struct Identity {
    let svid: SVID
    let hint: String
  }

  private func caller(_ metadata: Metadata) throws -> WorkloadCaller {
    let stamps = metadata[stringValues: GRPCPeers<WorkloadCaller>.header]
    guard let number = callers.connection(stamps: stamps), let caller = callers.peer(ofConnection: number) else {
      throw RPCError(code: .permissionDenied, message: "the caller is not known")
    }
    guard rate.admits(caller) else {
      throw RPCError(code: .unavailable, message: "too many calls: try again in a while")
    }
    return caller
  }

  private func current() throws -> WorkloadSnapshot {
    guard let current = board.current else {
      throw RPCError(code: .unavailable, message: "the identities of this host are not there yet")
    }
    return current
  }

  /// Never empty.
  private func identities(of caller: WorkloadCaller, in snapshot: WorkloadSnapshot) throws -> [Identity] {
    let date = now()
    let own = grants[caller.uid].compactMap { grant in
      snapshot.svids[grant.id].flatMap { svid in
        date < svid.notAfter ? Identity(svid: svid, hint: grant.hint) : nil
      }
    }
    guard !own.isEmpty else {
      throw RPCError(code: .permissionDenied, message: "user \(caller.uid) has no identity on this host")
    }
    return own
  }

  /// All of them, or the one that is named.
  private func wanted(_ name: String, of own: [Identity]) throws -> [Identity] {
    if name.isEmpty { return own }
    guard let id = try? SPIFFEID(uri: name) else {
      throw RPCError(code: .invalidArgument, message: "spiffe_id is no SPIFFE ID of a workload")
    }
    let found = own.filter { $0.svid.id == id }
    guard !found.isEmpty else {
      throw RPCError(code: .permissionDenied, message: "the caller has no such identity on this host")
    }
    return found
  }
}

// MARK: - Answers

extension WorkloadService {
  private static var withoutBundle: RPCError {
    RPCError(code: .unavailable, message: "the keys of JWT-SVIDs are not known on this host yet")
  }

  private func token(audience: [String], for identity: Identity) async throws -> WorkloadJWTSVID {
    do {
      var answer = WorkloadJWTSVID()
      answer.spiffeID = identity.svid.id.description
      answer.svid = try await shelf.token(audience: audience, for: identity.svid).text
      answer.hint = identity.hint
      return answer
    } catch {
      logger?.warning(
        "no JWT-SVID from the authority", metadata: ["id": "\(identity.svid.id.path)", "reason": "\(error)"])
      throw RPCError(code: .unavailable, message: "the authority gave no token: try again in a while")
    }
  }

  private func jwtBundles(of snapshot: WorkloadSnapshot) throws -> WorkloadJWTBundlesResponse {
    guard let bundle = snapshot.bundle else { throw Self.withoutBundle }
    var response = WorkloadJWTBundlesResponse()
    response.bundles = [snapshot.trustDomainID: bundle.tokenKeysJSON]
    return response
  }

  /// A stream of answers: one at once, and another whenever it differs from the one before.
  /// - Parameter withoutSecrets: blanks what is not to be kept to compare with.
  private func watching<Response: SwiftProtobuf.Message & Sendable & Equatable>(
    _ answer: @escaping @Sendable (WorkloadSnapshot) throws -> Response,
    withoutSecrets: @escaping @Sendable (inout Response) -> Void = { _ in }
  ) -> StreamingServerResponse<Response> {
    StreamingServerResponse { [board] writer in
      let (snapshots, stop) = board.watch()
      // The caller's leave does not cancel this task: it ends the snapshots.
      try await withRPCCancellationHandler {
        var last: Response?
        for await snapshot in snapshots {
          let response = try answer(snapshot)
          var shown = response
          withoutSecrets(&shown)
          guard shown != last else { continue }
          try await writer.write(response)
          last = shown
        }
      } onCancelRPC: {
        stop()
      }
      throw RPCError(code: .unavailable, message: "the Workload API ends")
    }
  }
}

extension WorkloadSnapshot {
  /// The SPIFFE ID of the trust domain, as the standard's maps are keyed by.
  fileprivate var trustDomainID: String { "spiffe://\(trustDomain)" }

  fileprivate func x509SVIDs(_ identities: [WorkloadService.Identity]) throws -> WorkloadX509SVIDResponse {
    var response = WorkloadX509SVIDResponse()
    response.svids = try identities.map { identity in
      var answer = WorkloadX509SVID()
      answer.spiffeID = identity.svid.id.description
      answer.x509Svid = Data(identity.svid.chain.joined())
      answer.x509SvidKey = try identity.keyDER()
      answer.bundle = Data(roots.joined())
      answer.hint = identity.hint
      return answer
    }
    response.crl = revocationLists.map { Data($0) }
    return response
  }

  fileprivate var x509Bundles: WorkloadX509BundlesResponse {
    var response = WorkloadX509BundlesResponse()
    response.bundles = [trustDomainID: Data(roots.joined())]
    response.crl = revocationLists.map { Data($0) }
    return response
  }
}

extension WorkloadService.Identity {
  fileprivate func keyDER() throws -> Data {
    do {
      return try svid.privateKeyDER().withUnsafeBytes { Data($0) }
    } catch {
      throw RPCError(code: .internalError, message: "the key of \(svid.id.path) cannot be handed out")
    }
  }
}
