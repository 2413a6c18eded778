import Foundation
import TacetAudit

/// A plausible run, made up for these tests.
enum ReportExample {
  static let sites = 8
  static let steps = 240

  /// - Parameter hostile: Text put into every field that holds a name or a sentence.
  static func report(hostile: String? = nil) -> RunReport {
    let text = { (usual: String) in hostile ?? usual }
    return RunReport(
      run: run(text), summary: summary(text), epsilonPrice: price, refresh: refresh(text),
      cameras: cameras(text), gateways: gateways(text), intruders: intruders(text), series: series(text),
      claims: claims(text))
  }

  /// Nothing happened: no forecast, no device, no claim.
  static var empty: RunReport {
    let none = RunReport.MeanErrors(mesh: .nan, student: nil, lastValue: .infinity, reference: nil)
    return RunReport(
      run: run { $0 },
      summary: .init(
        forecasts: 0, meshForecasts: 0, mae: none, maeWhereMesh: none, gainKeptPercent: .nan,
        latencyMs: .init(p50: nil, p99: nil, max: nil),
        wire: .init(
          bytesPerInference: .nan, messageBytes: 4096, messages: 0, recordSizesSent: [], recordSizesReceived: [],
          deadlinesKept: 0, deadlinesMissed: 0, slotsSent: 0, slotsSkipped: 0),
        devicesFallenBack: [], intrudersRefused: 0),
      epsilonPrice: [], cameras: [], gateways: [], intruders: [],
      series: .init(maeOverTime: [], epsilonOverTime: [], latencyHistogram: [], latencyOverTime: [], trustOverTime: []),
      claims: [])
  }

  static func claim(holds: Bool) -> RunReport.Claim {
    .init(name: "a-claim", statement: "Something holds.", holds: holds, evidence: "It was looked at.")
  }

  private static func digest(_ byte: Int) -> String {
    String(repeating: ["3f", "a9", "07", "c4"][byte % 4] + "5b", count: 16)
  }

  static func run(_ text: (String) -> String = { $0 }, refreshPassages: Int? = nil) -> RunReport.Run {
    .init(
      startedAt: Date(timeIntervalSince1970: 1_800_000_000.75), durationSeconds: 118.4, tacetVersion: text("0.1.0"),
      policy: .init(name: text("traffic.yaml"), sha256: digest(0)), modelName: text("traffic"),
      modelVersion: text("1.0.0"),
      modelFiles: ["shard-1.onnx", "shard-2.onnx", "shard-3.onnx", "student.onnx"].enumerated().map {
        .init(name: text($1), sha256: digest($0))
      },
      operatingSystem: text("Debian GNU/Linux 12 (x86_64)"), cores: 2, sites: sites, gateways: 3, steps: steps,
      stepSeconds: 30, acceleration: 62.1, privacyUnit: text("any-input"),
      mechanism: .init(sensitivity: 32, scale: 64, mu: 0.5, steps: 1),
      trustThreshold: 0.4, refreshPassages: refreshPassages)
  }

  /// As it is read from a report.
  private static func refresh(_ text: (String) -> String) -> RefreshReport? {
    func row(_ attack: String, _ liars: Int, _ mae: Double, _ gain: Double, noised: Bool = true) -> [String: Any] {
      [
        "attack": text(attack), "liars": liars, "noised": noised, "mae": mae, "least": mae, "most": mae, "gain": gain,
        "published": 1.5, "holds": gain >= 0,
      ]
    }
    let report: [String: Any] = [
      "holds": false, "model": text("traffic"), "devices": 8, "rounds": 4, "stepsPerRound": 230, "mu": 0.98,
      "passages": 3,
      "eventSeconds": 110, "rule": text("trimmed-mean"), "draws": 5, "maeBefore": 2.357,
      "rows": [
        row("none", 0, 2.321, 0.0153, noised: false), row("none", 0, 2.348, 0.0038), row("sign-flip", 2, 2.357, 0),
        row("mimic", 2, 2.36, -0.0013),
      ],
    ]
    guard let json = try? JSONSerialization.data(withJSONObject: report) else { return nil }
    return try? JSONDecoder().decode(RefreshReport.self, from: json)
  }

  private static func summary(_ text: (String) -> String) -> RunReport.Summary {
    .init(
      forecasts: 1920, meshForecasts: 1764,
      mae: .init(mesh: 1.546, student: 1.557, lastValue: 2.866, reference: 1.406),
      maeWhereMesh: .init(mesh: 1.541, student: 1.553, lastValue: 2.871, reference: 1.402), gainKeptPercent: 7.3,
      latencyMs: .init(p50: 41.3, p99: 46.9, max: 61.2),
      wire: .init(
        bytesPerInference: 24_708, messageBytes: 4096, messages: 11_520, recordSizesSent: [4118],
        recordSizesReceived: [4118], deadlinesKept: 2000, deadlinesMissed: 3, slotsSent: 11_500,
        slotsSkipped: 20),
      devicesFallenBack: [text("camera-5")], intrudersRefused: 2)
  }

  private static var price: [RunReport.EpsilonPrice] {
    let rows: [(Double, Double, Double, Double, Double)] = [
      (0.25, 22.3, 190, 1.552, 3.2), (0.5, 60.4, 574, 1.546, 7.3), (1, 192, 1950, 1.524, 22), (2, 671, 7120, 1.492, 43),
      (4, 2440, 26_600, 1.459, 65),
    ]
    func price(_ unit: String, _ row: (Double, Double, Double, Double, Double), trip: Double?) -> RunReport.EpsilonPrice
    {
      .init(
        unit: unit, mu: row.0, epsilonRun: row.1, epsilonDay: row.2, epsilonTrip: trip,
        mae: .init(mesh: row.3, student: 1.557, lastValue: 2.866, reference: 1.406), gainKeptPercent: row.4)
    }
    return rows.map { price("any-input", $0, trip: nil) }
      + [
        price("contribution", (0.5, 3.2, 11.9, 1.46, 64), trip: 4.9),
        price("contribution", (1, 7, 26, 1.43, 86), trip: 11),
      ]
  }

  private static func cameras(_ text: (String) -> String) -> [RunReport.Camera] {
    (1...sites).map { site in
      let spentOut = site == 5
      return .init(
        device: text("camera-\(site)"), charges: spentOut ? 84 : 240, epsilonSpent: spentOut ? 29.6 : 60.412,
        epsilonBudget: spentOut ? 30 : 72, delta: 1e-6, exhaustedAtStep: spentOut ? 84 : nil,
        mode: text(spentOut ? "student" : "mesh"),
        ledger: .init(
          size: spentOut ? 84 : 240, root: text("m2Vp0l3Qd0s8xkq4yQy7o0h8Yw1c2N9uB5tq7rZk\(site)E="), holds: true))
    }
  }

  private static func gateways(_ text: (String) -> String) -> [RunReport.Gateway] {
    [
      .init(
        name: text("gateway-1"), lied: false, trustMin: 0.962, trustMean: 0.974, trustMax: 0.98, quarantinedBy: 0),
      .init(
        name: text("gateway-2"), lied: true, trustMin: 0.031, trustMean: 0.046, trustMax: 0.07, quarantinedBy: 8,
        firstQuarantinedStep: 9),
      .init(
        name: text("gateway-3"), lied: false, trustMin: 0.958, trustMean: 0.971, trustMax: 0.981, quarantinedBy: 0),
    ]
  }

  private static func intruders(_ text: (String) -> String) -> [RunReport.Intruder] {
    [
      .init(
        name: text("no-certificate"), attempt: text("connected to the link of gateway-1 without a certificate"),
        outcome: text("the handshake failed: certificate required"), refused: true,
        reason: text("peer presented no certificate")),
      .init(
        name: text("other-authority"), attempt: text("presented a certificate of an authority of its own"),
        outcome: text("the connection was closed in the handshake"), refused: true,
        reason: text("chain does not end in a root of trust domain city.example")),
    ]
  }

  private static func claims(_ text: (String) -> String) -> [RunReport.Claim] {
    let rows = [
      (
        "ledgers-recomputed", "No camera released more than its budget.",
        "8 ledgers, 1,764 charges: every sum, entry and "
          + "Merkle root recomputed from the entries agree; the highest stands at 84 % of its bound on μ²."
      ),
      (
        "one-message-size", "Every message has the same size.",
        "11,520 messages seen by a relay on the wire: 4,118 bytes "
          + "out and in, no other size."
      ),
      (
        "liar-outvoted", "The lying gateway moved no forecast beyond the honest range.",
        "gateway-2 added 25 to each value "
          + "in 2 of 3 coordinates; the largest distance from the honest range was 0."
      ),
      (
        "liar-quarantined", "Every site stopped listening to the liar.",
        "8 of 8 sites, the first at step 9, the last at "
          + "step 12."
      ),
      (
        "intruders-refused", "Nobody without a certificate of this mesh got in.",
        "2 tried, 2 refused, 0 bytes of tensor "
          + "data sent to them."
      ),
      (
        "silence-kept", "The camera without budget released nothing more.",
        "camera-5: 0 releases and 156 forecasts by the "
          + "student after step 84."
      ),
    ]
    return rows.map { .init(name: text($0), statement: text($1), holds: true, evidence: text($2)) }
  }

  private static func series(_ text: (String) -> String) -> RunReport.Series {
    .init(
      maeOverTime: stride(from: 0, to: steps, by: 4).map { step in
        let base = 1.5 + 0.5 * sin(Double(step) / 21) + 0.22 * sin(Double(step) * 1.7)
        return .init(
          step: step, cityTime: clock(step),
          mae: .init(
            mesh: base * 0.99 + 0.03 * cos(Double(step)), student: base, lastValue: base * 1.75 + 0.3,
            reference: base * 0.9))
      },
      epsilonOverTime: (1...sites).map { site in
        .init(
          device: text("camera-\(site)"),
          points: stride(from: 0, through: site == 5 ? 84 : steps, by: 4).map { step in
            .init(step: step, value: 2.2 * Double(step).squareRoot() + 0.11 * Double(step))
          })
      },
      latencyHistogram: (0..<32).map { bin in
        .init(fromMs: 30 + Double(bin), toMs: 31 + Double(bin), count: max(0, 260 - (bin - 11) * (bin - 11) * 6))
      },
      latencyOverTime: stride(from: 0, to: steps, by: 4).map { step in
        .init(step: step, p50: 41 + sin(Double(step)), p99: 47 + 3 * sin(Double(step) * 2.3))
      },
      trustOverTime: (1...3).map { gateway in
        .init(
          gateway: text("gateway-\(gateway)"),
          points: stride(from: 0, to: steps, by: 2).map { step in
            let settled = 1 - exp(-Double(step) / 14)
            return .init(step: step, value: gateway == 2 ? 0.5 - 0.455 * settled : 0.5 + 0.474 * settled)
          },
          standings: [
            .init(fromStep: 0, toStep: 20, standing: .newcomer),
            .init(fromStep: 20, toStep: steps, standing: gateway == 2 ? .quarantine : .trusted),
          ])
      })
  }

  private static func clock(_ step: Int) -> String {
    let minutes = 7 * 60 + step / 2
    return "\(minutes / 60):" + (minutes % 60 < 10 ? "0" : "") + "\(minutes % 60)"
  }
}
