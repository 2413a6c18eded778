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

  /// What is made is what the certificate library would write, and openssl reads.
  @Test(.enabled(if: OpenSSL.isInstalled)) func made() throws {
    for _ in 0..<20 {
      let (key, text) = try SecretBytes.makeP256Key()
      let written = try Certificate.PrivateKey(key).serializeAsPEM().pemString
      #expect(text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } == written)
      #expect(text.p256Key()?.rawRepresentation == key.rawRepresentation)
    }
    let (key, text) = try SecretBytes.makeP256Key()
    try text.withUnsafeBytes { try Data($0).write(to: folder.file("key.pem")) }
    try OpenSSL.run(["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"], in: folder.url)
    let read = try P256.Signing.PublicKey(
      pemRepresentation: String(contentsOf: folder.file("public.pem"), encoding: .utf8))
    #expect(read.rawRepresentation == key.publicKey.rawRepresentation)
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
      let scalar = try #require(key.p256Key()).rawRepresentation
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
      #expect(try memory.contains(Data("--passphrase-file".utf8)))
      // Freed memory is used again in parts: either line with secret bytes will do. The one behind them is of the public half.
      for line in lines.dropFirst().prefix(2) {
        #expect(try !memory.contains(Data(line.utf8)), "the intermediate's key, as text")
      }
      #expect(try !memory.contains(scalar), "the intermediate's key")
      #expect(try !memory.contains(Data(word.utf8)), "the passphrase")
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
        let waiting = try Self.lines("/proc/locks").map { $0.split(separator: " ") }.filter { $0.contains("->") }
        if waiting.contains(where: { $0.contains("\(process)") }) { return true }
        try await Task.sleep(for: .milliseconds(20))
      }
      return false
    }

    func contains(_ wanted: Data) throws -> Bool {
      let file = open("\(folder)/mem", O_RDONLY)
      defer { close(file) }
      try #require(file >= 0, "the memory of another process may not be read here")
      return try unlocked().contains { range in
        var bytes = [UInt8](repeating: 0, count: range.count)
        let count = pread(file, &bytes, bytes.count, off_t(range.lowerBound))
        return bytes.withUnsafeBytes {
          Self.find(wanted, in: UnsafeRawBufferPointer(rebasing: $0.prefix(max(count, 0))))
        }
      }
    }

    private static func find(_ wanted: Data, in bytes: UnsafeRawBufferPointer) -> Bool {
      wanted.withUnsafeBytes { wanted in
        guard let first = wanted.first, let words = wanted.baseAddress, var place = bytes.baseAddress else {
          return false
        }
        let end = place + bytes.count
        while place + wanted.count <= end, let found = memchr(place, Int32(first), end - place - wanted.count + 1) {
          if memcmp(found, words, wanted.count) == 0 { return true }
          place = UnsafeRawPointer(found) + 1
        }
        return false
      }
    }

    /// The lines of a file of the kernel's, which has no size and comes in pieces.
    private static func lines(_ path: String) throws -> [Substring] {
      let file = try #require(FileHandle(forReadingAtPath: path))
      var bytes = Data()
      while let piece = try file.read(upToCount: 1 << 16), !piece.isEmpty { bytes += piece }
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// The address ranges that may be written to and are not locked.
    private func unlocked() throws -> [Range<Int>] {
      var ranges: [Range<Int>] = []
      var last: Range<Int>?
      for line in try Self.lines("\(folder)/smaps") {
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
