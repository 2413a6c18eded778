import TacetDocument
public import TacetIdentity
public import TacetLog

extension Policy {
  /// What is asked of a peer's certificate beside the rules that always hold, and of the connection to it.
  ///
  /// The section may be absent, and each of its keys: what is then in force is said with each.
  public struct Identity: Sendable {
    /// For which authorities there must be a revocation list; a list that is there counts in any case. By default for none.
    public let revocation: RevocationRegister.Requirement
    /// How long after its time a revocation list still counts, before everything it should speak of is refused. By default an hour.
    public let grace: Duration
    /// How often a node asks the authority for new revocation lists; files of them are looked at each second. By default every two
    /// seconds: a revocation then ends connections within five.
    public let refresh: Duration
    /// The public key of the authority's log, where a certificate counts only with the proof that its issuance is in that log. By
    /// default it counts without.
    public let log: NoteVerifier?
    /// Whether only the post-quantum key exchange X25519MLKEM768 is spoken. By default it is preferred, and X25519 and NIST's curves
    /// are spoken too.
    public let requiresPostQuantum: Bool

    private static let usualGrace = Duration.seconds(3600)
    private static let usualRefresh = Duration.seconds(2)

    /// - Parameter document: the section; nil where it is absent.
    init(_ document: DocumentMapping?) throws(DocumentError) {
      guard let document else {
        (revocation, grace, refresh) = (.none, Self.usualGrace, Self.usualRefresh)
        (log, requiresPostQuantum) = (nil, false)
        return
      }
      revocation = try Self.requirement(document)
      grace = try document.optionalDuration("crl_grace", in: .zero ... .seconds(30 * 86400)) ?? Self.usualGrace
      refresh = try document.optionalDuration("refresh", in: .milliseconds(100) ... .seconds(3600)) ?? Self.usualRefresh
      log = try Self.log(document)
      requiresPostQuantum = try document.optionalBoolean("require_pq") ?? false
    }

    private static func requirement(
      _ document: DocumentMapping
    ) throws(DocumentError) -> RevocationRegister.Requirement {
      guard try document.optionalString("revocation") != nil else { return .none }
      switch try document.choice("revocation", of: ["none", "leaf", "path"]) {
      case "leaf": return .leaf
      case "path": return .path
      default: return .none
      }
    }

    /// The key is checked where it is there, and used where it is asked for.
    private static func log(_ document: DocumentMapping) throws(DocumentError) -> NoteVerifier? {
      let isRequired = try document.optionalBoolean("require_logged") ?? false
      guard let text = try document.optionalString("log_key") else {
        guard !isRequired else {
          throw document.error(
            "require_logged", "identity.require_logged needs identity.log_key, as `tacet ca log show` prints it")
        }
        return nil
      }
      do {
        let key = try NoteVerifier(text)
        return isRequired ? key : nil
      } catch {
        throw document.error("log_key", "identity.log_key: \(error)")
      }
    }
  }
}
