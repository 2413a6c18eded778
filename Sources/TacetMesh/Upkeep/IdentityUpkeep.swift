/// Keeps what a node is, and whom it trusts, current while it runs: its certificate, the roots, the revocation lists. Files are one
/// source, an authority on the network another.
package protocol IdentityUpkeep: Sendable {
  /// Looks after its part until the task is cancelled; what it is offered and cannot use it logs, counts and leaves alone.
  func run() async
}
