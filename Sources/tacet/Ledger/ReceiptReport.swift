import Foundation
import TacetPrivacy

/// The line that answers a charge.
struct ReceiptReport: Encodable {
  let receipt: ChargeReceipt

  init(_ receipt: ChargeReceipt) {
    self.receipt = receipt
  }

  private enum CodingKeys: String, CodingKey {
    case release, granted, index, remainingEpsilon, deltaSlack, alreadyCharged, precision, reason
  }

  /// The four keys of the contract and `delta_slack` (what the tables add to δ) are always there; `already_charged`, `precision` (bits of the noise table) and
  /// `reason` where they apply.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(receipt.release, forKey: .release)
    try container.encode(receipt.denial == nil, forKey: .granted)
    try container.encode(receipt.index, forKey: .index)
    try container.encode(receipt.remainingEpsilon, forKey: .remainingEpsilon)
    try container.encode(receipt.deltaSlack, forKey: .deltaSlack)
    if receipt.wasCharged { try container.encode(true, forKey: .alreadyCharged) }
    try container.encodeIfPresent(receipt.precision?.rawValue, forKey: .precision)
    try container.encodeIfPresent(receipt.denial?.reason, forKey: .reason)
  }

  /// The same as JSON, keys sorted: a release ID is printable ASCII without what JSON escapes. Millions of these are written.
  var line: String {
    var members: [String] = receipt.wasCharged ? ["\"already_charged\":true"] : []
    members.append("\"delta_slack\":\(receipt.deltaSlack)")
    members.append("\"granted\":\(receipt.denial == nil)")
    members.append("\"index\":\(receipt.index.map(String.init) ?? "null")")
    if let precision = receipt.precision { members.append("\"precision\":\(precision.rawValue)") }
    if let denial = receipt.denial { members.append("\"reason\":\"\(denial.reason)\"") }
    members.append("\"release\":\"\(receipt.release)\"")
    members.append("\"remaining_epsilon\":\(receipt.remainingEpsilon)")
    return "{" + members.joined(separator: ",") + "}\n"
  }

  /// One line for a person.
  var text: String {
    let left = String(format: "%.4f", receipt.remainingEpsilon)
    let slack = " (tables add \(DeviceReport.BudgetReport.short(receipt.deltaSlack)) to delta)"
    if let denial = receipt.denial {
      return "\(receipt.release): denied, \(denial); epsilon \(left) left\(slack)"
    }
    let entry = receipt.index.map { "entry \($0)" } ?? "no entry"
    let verb = receipt.wasCharged ? "charged before, do not noise it again" : "granted"
    return "\(receipt.release): \(verb), \(entry); epsilon \(left) left\(slack)"
  }
}
