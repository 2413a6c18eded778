import Foundation
import SwiftASN1

/// Certificates in PEM files.
enum PEMFile {
  private static let mostBytes = 256 << 10

  /// The DER of each certificate in a file, in order.
  /// - Throws: ``IdentityError`` when the file is missing, cut off, or holds something else.
  static func certificates(_ file: URL) throws(IdentityError) -> [[UInt8]] {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT {
        throw IdentityError(.missing, "\(file.path) is missing: write it with `tacet ca issue`")
      }
      throw IdentityError(.inputOutput, "\(file.path) cannot be read: \(SecretFile.systemReason())")
    }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let data = try SecretFile.read(handle, file: file, limit: mostBytes)
    guard let certificates = Self.certificates(of: String(decoding: data, as: UTF8.self)) else {
      throw IdentityError(
        .badInput, "\(file.path) is not a PEM file of certificates, or is cut off: issue it anew with `tacet ca issue`")
    }
    return certificates
  }

  /// The DER of each certificate in a text that an authority has sent.
  /// - Throws: ``IdentityError`` when it holds something else.
  static func certificates(in text: String) throws(IdentityError) -> [[UInt8]] {
    guard text.utf8.count <= mostBytes, let certificates = certificates(of: text) else {
      throw IdentityError(.badInput, "what the authority has sent are no certificates")
    }
    return certificates
  }

  private static func certificates(of text: String) -> [[UInt8]]? {
    guard let documents = try? PEMDocument.parseMultiple(pemString: text), !documents.isEmpty,
      documents.allSatisfy({ $0.discriminator == "CERTIFICATE" })
    else { return nil }
    return documents.map(\.derBytes)
  }

  /// The text of a file with these certificates.
  static func text(_ certificates: [[UInt8]]) -> String {
    certificates.map { text("CERTIFICATE", $0) }.joined()
  }

  /// A document as a file has it (RFC 7468). The library's own takes minutes for a list of a hundred thousand entries.
  static func text(_ type: String, _ der: [UInt8]) -> String {
    let lines = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    return "-----BEGIN \(type)-----\n\(lines)\n-----END \(type)-----\n"
  }
}
