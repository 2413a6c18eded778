import Foundation
import Testing

/// What a run of a site came to.
struct SiteTrace {
  /// The journal's last account.
  let wire: [String: Any]
  let forecasts: [[String: Any]]
  /// The sizes of the TLS records of application data that the site sent on each connection, in their order.
  let sent: [[Int]]
  let received: [[Int]]
  /// How many releases the first gateway took in.
  let receipts: Int

  /// Reads what a site and a gateway have written down, and what passed through proxies between them.
  init(of site: URL, gateway: URL, through proxies: TLSProxy...) throws {
    let records = try Self.records(site)
    wire = try #require(records.compactMap { $0["wire"] as? [String: Any] }.last)
    forecasts = records.compactMap { $0["forecast"] as? [String: Any] }
    let conversations = proxies.flatMap(\.conversations)
    sent = conversations.map { Self.records(of: $0.fromClient) }
    received = conversations.map { Self.records(of: $0.fromServer) }
    receipts = try Self.records(gateway).count { $0["receipt"] != nil }
  }

  func count(_ key: String) throws -> Int { try #require(wire[key] as? Int) }
  var silences: Set<String> { Set(forecasts.compactMap { $0["silence"] as? String }) }
  /// The gateways whose answers are in each forecast.
  var accepted: [[String]] { forecasts.compactMap { $0["accepted"] as? [String] } }

  private static func records(_ journal: URL) throws -> [[String: Any]] {
    try String(contentsOf: journal, encoding: .utf8).split(separator: "\n").compactMap {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
  }

  /// The sizes of the records of application data in a stream of TLS.
  private static func records(of bytes: [UInt8]) -> [Int] {
    var sizes: [Int] = []
    var rest = bytes[...]
    while rest.count >= 5, let first = rest.first {
      let header = Array(rest.prefix(5))
      let size = 5 + Int(header[3]) << 8 + Int(header[4])
      if first == 23 { sizes.append(size) }
      rest = rest.dropFirst(size)
    }
    return sizes
  }
}
