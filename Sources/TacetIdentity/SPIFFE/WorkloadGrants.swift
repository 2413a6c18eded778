/// Which identities the processes of a host may have, by the number of the user they run as.
public struct WorkloadGrants: Sendable, Hashable {
  /// One identity.
  public struct Grant: Sendable, Hashable {
    /// Which.
    public let id: SPIFFEID
    /// What the operator says it is for; empty for nothing.
    public let hint: String

    /// - Parameters:
    ///   - id: which.
    ///   - hint: what it is for; at most ``WorkloadGrants/mostHintBytes``.
    public init(id: SPIFFEID, hint: String = "") {
      self.id = id
      self.hint = hint
    }
  }

  /// The longest hint, in bytes (SPIFFE Workload API §8).
  public static let mostHintBytes = 1024
  /// The number that the kernel shows for every user it has no number for: it names nobody.
  public static let overflowUID: UInt32 = 65534

  private let grants: [UInt32: [Grant]]

  /// - Parameter grants: by user number; of each user the default identity first.
  public init(_ grants: [UInt32: [Grant]] = [:]) {
    self.grants = grants.filter { !$0.value.isEmpty && $0.key != Self.overflowUID }
  }

  /// The users that have any, in order.
  public var uids: [UInt32] { grants.keys.sorted() }
  /// Whether nobody has any.
  public var isEmpty: Bool { grants.isEmpty }

  /// What a user may have, the default identity first; empty for one that is not named.
  public subscript(uid: UInt32) -> [Grant] { grants[uid] ?? [] }
}
