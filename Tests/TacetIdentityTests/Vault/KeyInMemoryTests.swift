import Crypto
import Foundation
import Testing
import X509

@testable import TacetIdentity

/// The authority's keys while they are used: read in locked memory, and in no other.
@Suite(.serialized) struct KeyInMemoryTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func secret(_ openssl: [String]) throws -> SecretBytes {
    try OpenSSL.run(openssl + ["-out", "key.pem"], in: folder.url)
    return try SecretBytes(Array(try Data(contentsOf: folder.file("key.pem"))))
  }

  @Test func ours() throws {
    let key = P256.Signing.PrivateKey()
    let text = try Certificate.PrivateKey(key).serializeAsPEM().pemString
    let secret = try SecretBytes(Array(text.utf8))
    #expect(secret.p256Key()?.rawRepresentation == key.rawRepresentation)
    #expect(secret.privateKey()?.publicKey == Certificate.PublicKey(key.publicKey))
    #expect(try SecretBytes(Array((text + "\n").utf8)).p256Key() != nil)
    for count in 0..<text.utf8.count where count < text.utf8.count - 27 {
      #expect(try SecretBytes(Array(text.utf8.prefix(count))).privateKey() == nil, "\(count) bytes of it")
    }
  }

  @Test(
    .enabled(if: OpenSSL.isInstalled),
    arguments: [
      (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], true),
      (["ecparam", "-name", "prime256v1", "-genkey", "-noout"], false),
      (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], false),
      (["genpkey", "-algorithm", "ED25519"], false),
    ])
  func others(openssl: [String], isRead: Bool) throws {
    let secret = try secret(openssl)
    #expect((secret.p256Key() != nil) == isRead)
    try OpenSSL.run(["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"], in: folder.url)
    let text = try String(contentsOf: folder.file("public.pem"), encoding: .utf8)
    #expect(secret.privateKey()?.publicKey == (try Certificate.PublicKey(pemEncoded: text)))
  }

  /// A key whose public half is another's is no key.
  @Test func halvesOfTwoKeys() throws {
    let (one, other) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
    let der = Array(one.derRepresentation.dropLast(65)) + Array(other.publicKey.x963Representation)
    let text = "-----BEGIN PRIVATE KEY-----\n\(Data(der).base64EncodedString())\n-----END PRIVATE KEY-----\n"
    #expect(try SecretBytes(Array(text.utf8)).p256Key() == nil)
  }

  #if os(Linux)
    /// The command waits for the log, with its keys open; its memory is looked through meanwhile.
    @Test(.enabled(if: TacetProcess.executable != nil)) func aCommandsMemory() async throws {
      let (state, word) = (folder.file("state"), "correct horse battery staple")
      try Data("\(word)\n".utf8).write(to: folder.file("passphrase"))
      chmod(folder.file("passphrase").path, 0o600)
      try CertificateAuthority.initialise(
        state: state, trustDomain: try TrustDomain("mesh.example"), passphrase: try Passphrase(word))
      let files = try CertificateAuthority.Files.existing(state: state)
      let key = try Vault.open(files.generation(1).intermediateKey, with: try Passphrase(word))
      let lines = key.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }.split(separator: "\n")
      let log = open(files.log.path, O_RDONLY)
      defer { close(log) }
      #expect(flock(log, LOCK_EX) == 0)
      let process = try TacetProcess.start([
        "ca", "issue", "--id", "camera/a", "--out", folder.file("out").path, "--state", state.path, "--passphrase-file",
        folder.file("passphrase").path,
      ])
      defer { process.terminate() }
      let memory = ProcessMemory(process.processIdentifier)
      #expect(try await memory.waits(), "the command did not come to wait for the log")
      // It is the memory that is looked through: what it was called with is there.
      #expect(try memory.contains("--passphrase-file"))
      #expect(try !memory.contains(String(lines[1])), "the intermediate's key, as text")
      #expect(try !memory.contains(word), "the passphrase")
    }
  #endif
}

#if os(Linux)
  /// What another process has in memory that is not locked.
  private struct ProcessMemory {
    private let process: Int32
    private var folder: String { "/proc/\(process)" }

    init(_ process: Int32) { self.process = process }

    /// Waits until it waits for a lock; whether it does within ten seconds.
    func waits() async throws -> Bool {
      for _ in 0..<500 {
        let locks = try String(contentsOfFile: "/proc/locks", encoding: .utf8).split(separator: "\n")
        let waiting = locks.map { $0.split(separator: " ") }.filter { $0.contains("->") }
        if waiting.contains(where: { $0.contains("\(process)") }) { return true }
        try await Task.sleep(for: .milliseconds(20))
      }
      return false
    }

    func contains(_ text: String) throws -> Bool {
      let file = open("\(folder)/mem", O_RDONLY)
      defer { close(file) }
      try #require(file >= 0, "the memory of another process may not be read here")
      let wanted = Data(text.utf8)
      return try unlocked().contains { range in
        var bytes = Data(count: range.count)
        let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(range.lowerBound)) }
        return count > 0 && bytes.prefix(count).range(of: wanted) != nil
      }
    }

    /// The address ranges that may be written to and are not locked.
    private func unlocked() throws -> [Range<Int>] {
      var ranges: [Range<Int>] = []
      var last: Range<Int>?
      for line in try String(contentsOfFile: "\(folder)/smaps", encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.first == "VmFlags:" {
          if let range = last, words.contains("wr"), !words.contains("lo") { ranges.append(range) }
        } else if let bounds = words.first?.split(separator: "-"), bounds.count == 2,
          let lower = Int(bounds[0], radix: 16), let upper = Int(bounds[1], radix: 16), lower < upper
        {
          last = lower..<upper
        }
      }
      return ranges
    }
  }
#endif
