public import Foundation
public import TacetLog

/// A certificate that the desk has issued: in the log, durably.
public struct Enrolled: Sendable {
  /// Whose it is.
  public let id: SPIFFEID
  /// The serial number, in lower-case hexadecimal.
  public let serial: String
  /// When it expires.
  public let notAfter: Date
  /// The chain: DER, leaf first, without the root.
  public let chain: [[UInt8]]
  /// The roots that are trusted, DER, the one in force first.
  public let roots: [[UInt8]]
  /// The proof that its issuance is in the log.
  public let proof: InclusionProof

  /// The chain as a PEM file has it.
  public var chainPEM: String { PEMFile.text(chain) }
  /// The roots as a PEM file has them.
  public var bundlePEM: String { PEMFile.text(roots) }
}
