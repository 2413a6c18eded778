import ArgumentParser
import Foundation
import TacetIdentity

/// `tacet ca token`: join tokens.
struct CAToken: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract:
      "Makes a join token: the right to one certificate, for a workload that has none yet; lists them, takes them back.",
    discussion: """
      A token is good for one certificate, of one key, until its time is over. It holds a secret, of which the authority keeps the
      hash alone, and the fingerprint of the root and the trust domain, by which the workload knows the authority. Needs no
      passphrase: who can write the state folder can make one.

      EXAMPLES
        tacet ca token --id camera/site-1
        tacet ca token --id gateway/gateway-1 --dns gateway-1.city.example --valid-for 1h --ttl 12h
        tacet ca token list
        tacet ca token revoke W3aFAtA5…
      """,
    subcommands: [CATokenMake.self, CATokenList.self, CATokenRevoke.self], defaultSubcommand: CATokenMake.self)
}

/// `tacet ca token make`, which may be left out.
struct CATokenMake: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make", abstract: "Makes a token and prints it: the token alone, on standard output.",
    discussion: """
      EXAMPLES
        tacet ca token --id camera/site-1 > token
      """)

  @Option(help: ArgumentHelp("Whom it is for.", valueName: "role/name"))
  var id: String

  @Option(help: ArgumentHelp("How long it can be redeemed, from 1m to 30d.", valueName: "time"))
  var validFor: String = "10m"

  @OptionGroup var grant: GrantOptions
  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let token: String
    let spiffeId: String
    let expiresAt: Date
    let tokenId: String
  }

  func run() throws {
    let validity = try Lifetime.parse(validFor, option: "--valid-for", in: JoinTokens.validities)
    let lifetime = try grant.lifetime()
    let tokens = try JoinTokens(state: common.stateFolder)
    let (token, record) = try tokens.make(
      for: SPIFFEID(trustDomain: tokens.trustDomain, path: id), validFor: validity, lifetime: lifetime,
      dnsNames: grant.dns, ipAddresses: grant.ip, profile: try grant.profile(in: common))
    let text = token.text
    try common.print(
      Result(
        token: text, spiffeId: record.spiffeID.description, expiresAt: record.expiresAt, tokenId: record.id),
      text: text)
  }
}

/// `tacet ca token list`: the tokens, without their secrets.
struct CATokenList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the tokens whose time is not over for more than a day.",
    discussion: """
      EXAMPLES
        tacet ca token list --format json
      """)

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    struct Token: Encodable {
      let tokenId: String
      let spiffeId: String
      let profile: String
      let ttlSeconds: Int64
      let dns: [String]
      let ip: [String]
      let madeAt: Date
      let expiresAt: Date
    }

    let tokens: [Token]
  }

  func run() throws {
    let records = try JoinTokens(state: common.stateFolder).all()
    let tokens = records.map {
      Result.Token(
        tokenId: $0.id, spiffeId: $0.spiffeID.description, profile: $0.profile,
        ttlSeconds: $0.lifetime.components.seconds, dns: $0.dnsNames, ip: $0.ipAddresses, madeAt: $0.madeAt,
        expiresAt: $0.expiresAt)
    }
    let lines = records.map { "\($0.id)  \($0.spiffeID)  until \($0.expiresAt.formatted(.iso8601))" }
    try common.print(Result(tokens: tokens), text: (lines + ["\(lines.count) tokens"]).joined(separator: "\n"))
  }
}

/// `tacet ca token revoke`: takes a token back.
struct CATokenRevoke: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Takes a token back; the certificate of one that was redeemed is for `ca revoke`.",
    discussion: """
      EXAMPLES
        tacet ca token revoke W3aFAtA5…
      """)

  @Argument(help: ArgumentHelp("The token's id: its second part, or that of `ca token list`.", valueName: "token-id"))
  var id: String

  @OptionGroup var common: CommonOptions

  private struct Result: Encodable {
    let tokenId: String
  }

  func run() throws {
    try JoinTokens(state: common.stateFolder).revoke(id)
    try common.print(Result(tokenId: id), text: "token \(id) cannot be redeemed any more")
  }
}
