internal import Foundation

/// What the authority answers to an enrolment or a renewal: PEM texts, and the proof that the certificate is in its log.
struct EnrolmentReply: Codable, Sendable {
  let spiffeId: String
  let serial: String
  let notAfter: Date
  /// The leaf, then what is above it without the root.
  let chain: String
  /// The roots.
  let bundle: String
  let proof: String
}
