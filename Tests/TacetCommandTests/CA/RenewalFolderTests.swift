import Foundation
import Testing

/// The folder of an identity, when something goes wrong while it is renewed.
@Suite(.serialized, .timeLimit(.minutes(4))) struct RenewalFolderTests {
  private func tacet(_ arguments: String...) async throws -> Tacet.Result {
    try await Tacet.run(Tacet.executable, arguments)
  }

  private func identity(_ authority: AuthorityOnDisk) async throws -> String {
    try await authority.succeed("issue", "--id", "camera/site-1", "--out", authority.path("camera"))
    return authority.path("camera")
  }

  private func renew(_ server: RunningAuthority, _ folder: String) async throws -> Tacet.Result {
    try await tacet("node", "renew", "--authority", "127.0.0.1:\(server.listen)", "--identity", folder)
  }

  /// A certificate is longer than a key: of the two files, the second cannot be written.
  @Test func aFullDiskCostsNoIdentity() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority)
    let folder = try await identity(authority)
    let full = try await Tacet.run(
      URL(fileURLWithPath: "/bin/sh"),
      [
        "-c", "ulimit -f 1; exec \"$0\" node renew --authority 127.0.0.1:\(server.listen) --identity \"$1\"",
        Tacet.executable.path, folder,
      ])
    try #require(full.status == 74, "\(full.status) \(full.errors)")
    let renewed = try await renew(server, folder)
    #expect(renewed.status == 0, "\(renewed.errors)")
    let key = try await authority.openssl("pkey", "-in", "camera/key.pem", "-pubout")
    #expect(try await authority.openssl("x509", "-in", "camera/cert.pem", "-noout", "-pubkey") == key)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["bundle.pem", "cert.pem", "key.pem"])
  }

  /// Where the folder cannot be renewed, nothing is asked for.
  @Test func whatElseIsInTheFolderStays() async throws {
    let authority = try await AuthorityOnDisk()
    let server = try await RunningAuthority(authority)
    let folder = try await identity(authority)
    try authority.write("mine", to: "camera/notes.txt")
    try authority.write("left over", to: "camera/key.pem.4711.tmp")
    #expect(try await renew(server, folder).status == 0)
    #expect(try String(contentsOf: authority.file("camera/notes.txt"), encoding: .utf8) == "mine")
    #expect(try await authority.list("--id", "camera/site-1").count == 2)

    let chain = try await tacet("ca", "list", "--state", authority.path("state"), "--format", "json").output
    try await authority.succeed("issue", "--id", "camera/site-2", "--out", authority.path("other"))
    try authority.write(
      String(contentsOf: authority.file("other/cert.pem"), encoding: .utf8), to: "camera/cert.pem")
    #expect(try await renew(server, folder).status == 65)
    #expect(try await authority.list("--id", "camera/site-1").count == 2, "\(chain)")
  }

  /// A node with a day left gets a certificate of a minute from its administrator, into a folder with something else in it.
  @Test func aShorterLifeIsRenewedInTime() async throws {
    let bench = try await Bench()
    let server = try await RunningAuthority(bench)
    _ = try bench.writePolicy()
    let node = try await RunningNode(
      configuration: try bench.writeGateway(further: "authority: 127.0.0.1:\(server.listen)"))
    try await bench.issue("gateway/gateway-1", arguments: "--ttl", "60s")
    let folder = bench.identity("gateway/gateway-1")
    try "mine".write(to: folder.appendingPathComponent("notes.txt"), atomically: true, encoding: .utf8)
    let certificate = { try String(contentsOf: folder.appendingPathComponent("cert.pem"), encoding: .utf8) }
    let before = try certificate()
    #expect(await Patience.wait(.seconds(45)) { (try? certificate()) != before })
    #expect(node.stop() == 0)
  }
}
