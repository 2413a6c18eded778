public import Foundation
import SwiftASN1

/// Files of certificates that anybody may have written: PEM, of one or several, or DER.
public enum CertificateFile {
  private static let mostBytes = 32 << 20
  private static let mark = "-----BEGIN "

  /// What a peer would present, leaf first; bounded in number and size before any of it is parsed, as over a connection.
  /// - Returns: the DER of each certificate, or why nobody would look at them.
  /// - Throws: ``IdentityError`` when the file is missing or holds no certificates.
  public static func presented(_ file: URL) throws(IdentityError) -> Result<[[UInt8]], ChainRejection> {
    let data = try read(file, limit: mostBytes)
    let count = data.starts(with: Data(mark.utf8)) ? occurrences(of: Array(mark.utf8), in: data) : 1
    guard count <= ChainVerifier.mostCertificates else {
      return .failure(.tooManyCertificates(count: count, limit: ChainVerifier.mostCertificates))
    }
    // PEM is a third longer, and may have comments.
    guard data.count <= 2 * ChainVerifier.mostChainBytes else {
      return .failure(.tooLarge(bytes: data.count, limit: ChainVerifier.mostChainBytes))
    }
    return .success(try certificates(data, of: file))
  }

  /// The certificates of a file that is trusted: roots.
  /// - Returns: the DER of each.
  /// - Throws: ``IdentityError``.
  public static func trusted(_ file: URL) throws(IdentityError) -> [[UInt8]] {
    try certificates(try read(file, limit: 4 << 20), of: file)
  }

  private static func certificates(_ data: Data, of file: URL) throws(IdentityError) -> [[UInt8]] {
    // A DER certificate is a SEQUENCE.
    if data.first == 0x30 { return [Array(data)] }
    guard let documents = try? PEMDocument.parseMultiple(pemString: String(decoding: data, as: UTF8.self)),
      !documents.isEmpty, documents.allSatisfy({ $0.discriminator == "CERTIFICATE" })
    else {
      throw IdentityError(.badInput, "\(file.path) is not a file of certificates, PEM or DER, or is cut off")
    }
    return documents.map(\.derBytes)
  }

  static func read(_ file: URL, limit: Int) throws(IdentityError) -> Data {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { throw IdentityError(.missing, "\(file.path) does not exist") }
      throw IdentityError(.inputOutput, "\(file.path) cannot be read: \(SecretFile.systemReason())")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    return try SecretFile.read(handle, file: file, limit: limit)
  }

  private static func occurrences(of mark: [UInt8], in data: Data) -> Int {
    data.withUnsafeBytes { bytes in
      guard var start = bytes.baseAddress else { return 0 }
      let end = start + bytes.count
      var count = 0
      while end - start >= mark.count, let dash = memchr(start, 0x2D, end - start - mark.count + 1) {
        let isMark = memcmp(dash, mark, mark.count) == 0
        count += isMark ? 1 : 0
        start = UnsafeRawPointer(dash) + (isMark ? mark.count : 1)
      }
      return count
    }
  }
}
