import Foundation
import Logging
import TacetInference
import TacetPolicy
import TacetTrust
import TacetWire
import Testing

@testable import TacetMesh

/// What a controller makes of the gateways' answers, and what it learns from them.
@Suite final class ControllerTests {
  private static let gateways: Set = ["gateway/a", "gateway/b", "gateway/c"]
  private let folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
  private let model: ModelPack
  private let trust: TrustRegister
  private let controller: Controller
  private let parts: TensorParts
  private let time = Date(timeIntervalSince1970: 1_800_000_000)

  init() throws {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    model = try ModelPack.load(from: project.appending(path: "Fixtures/models/traffic"))
    let policy = try Policy.load(from: project.appending(path: "Policies/strict.yaml"))
    parts = try StepCells(model: model, policy: policy).encoding
    trust = try TrustRegister(
      in: folder, peers: Self.gateways, parameters: policy.trust.parameters, at: time, logger: Logger(label: "test"))
    controller = Controller(site: "site-1", model: model, parts: parts, gateways: Self.gateways, trust: trust)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private var sight: Controller.Sight {
    get throws {
      let shape = [1, model.manifest.window, model.manifest.featureScales.count]
      let window = try FloatTensor(shape: shape, values: [Float](repeating: 0.1, count: shape.reduce(1, *)))
      return Controller.Sight(window: window, student: try model.studentForecast(window: window, site: "site-1"))
    }
  }

  private static let inputs = [UInt8](repeating: 7, count: Message.inputsLength)

  private func answer(_ values: [Float], part: Message.Part = .whole, inputs: [UInt8] = inputs) -> Message {
    Message(kind: .query, step: 1, part: part)
      .answer(.ok, inputs: inputs, payload: .float32(values, shape: [values.count]))
  }

  /// An answer from the same releases as all others.
  private func said(_ values: [Float]) -> Controller.Answer { Controller.Answer(values, inputs: Self.inputs) }

  private var encoding: [Float] { (0..<model.encodingDimension).map { Float($0 % 7) / 7 } }

  @Test func anAnswerIsWholeOrLateOrALie() throws {
    #expect(controller.answer(in: [answer(encoding)]) == said(encoding))
    #expect(controller.answer(in: []) == nil)
    for status in [.late, .refused, .unavailable, .failed] as [Message.Status] {
      #expect(controller.answer(in: [Message(kind: .query, step: 1).answer(status)]) == nil)
    }
    #expect(controller.answer(in: [answer(Array(encoding.dropLast()))]) == .lie)
    #expect(controller.answer(in: [answer(encoding + [1])]) == .lie)
    #expect(controller.answer(in: [Message(kind: .query, step: 1).answer(.ok)]) == .lie)
  }

  @Test func anAnswerIsMadeFromOneThing() throws {
    let codec = try MessageCodec(bytes: 512)
    let parts = try TensorParts(values: 100, of: .float32, codec: codec)
    let controller = Controller(site: "site-1", model: model, parts: parts, gateways: Self.gateways, trust: trust)
    let values = (0..<100).map(Float.init)
    let pieces = parts.all.compactMap { part in parts.slice(values, part).map { (part, $0) } }
    #expect(pieces.count == 2)
    var messages = pieces.map { answer($1, part: $0) }
    #expect(controller.answer(in: messages) == said(values))
    #expect(controller.answer(in: [messages[0]]) == nil)
    messages[1].inputs = [UInt8](repeating: 8, count: Message.inputsLength)
    #expect(controller.answer(in: messages) == .lie)
  }

  @Test func anAnswerOfAnotherLengthIsALie() async throws {
    let round = controller.round(asked: Self.gateways, at: time)
    for _ in 0..<20 {
      let outcome = try await controller.forecast(
        sight: sight, answers: ["gateway/a": said(encoding), "gateway/b": said(encoding), "gateway/c": .lie], in: round)
      #expect(outcome.accepted == ["gateway/a", "gateway/b"])
    }
    let outcome = await controller.forecast(sight: try sight)
    #expect(outcome.quarantined == ["gateway/c"] && outcome.standings["gateway/a"] == .trusted)
    let evidence = await trust.current.record(of: "gateway/c", for: .answer)?.evidence ?? []
    #expect(evidence.map(\.kind) == [.form] && evidence.first?.count == 20)
  }

  @Test func whoHeardSomethingElseIsNoLiar() async throws {
    let round = controller.round(asked: Self.gateways, at: time)
    let others = Controller.Answer(encoding.map { $0 + 9 }, inputs: [UInt8](repeating: 1, count: Message.inputsLength))
    for _ in 0..<60 {
      let answers = ["gateway/a": said(encoding), "gateway/b": said(encoding), "gateway/c": others]
      let outcome = try await controller.forecast(sight: sight, answers: answers, in: round)
      #expect(outcome.quarantined == [])
    }
    let evidence = await trust.current.record(of: "gateway/c", for: .answer)?.evidence ?? []
    #expect(evidence.map(\.kind) == [.inputs] && evidence.first?.count == 60)
  }

  /// The forecast that did not wait is the one that would have come of all.
  @Test func anEarlyForecastIsTheFinalOne() async throws {
    let round = controller.round(asked: Self.gateways, at: time)
    let lie = encoding.map { $0 + 9 }
    for _ in 0..<20 {
      _ = try await controller.forecast(
        sight: sight, answers: ["gateway/a": said(encoding), "gateway/b": said(encoding), "gateway/c": said(lie)],
        in: round)
    }
    let heard = ["gateway/a": said(encoding), "gateway/b": said(encoding)]
    #expect(try await controller.early(sight: sight, answers: ["gateway/a": said(encoding)], in: round) == nil)
    let early = try #require(try await controller.early(sight: sight, answers: heard, in: round))
    let all = heard.merging(["gateway/c": said(lie)]) { first, _ in first }
    let late = try await controller.forecast(sight: sight, answers: all, in: round)
    let kept = try await controller.forecast(sight: sight, answers: all, early: early, in: round)
    #expect(early.values == late.forecast && early.values == kept.forecast)
    #expect(early.accepted.sorted() == late.accepted && late.forecast != late.student)
  }

  @Test func whatBecomesOfACertificateIsEvidence() async throws {
    var news = PeerNews.Items()
    news.refused = "certificate 0 expired"
    for _ in 0..<100 { await controller.hear(news, of: "gateway/a", at: time) }
    #expect(await trust.current.record(of: "gateway/a", for: .answer)?.standing != .quarantine)
    #expect(await trust.current.scores(for: .answer)["gateway/a"] ?? 0 < 0.6)
    news = PeerNews.Items()
    news.revoked = "0a"
    await controller.hear(news, of: "gateway/a", at: time)
    for capability in Capability.allCases {
      #expect(await trust.current.record(of: "gateway/a", for: capability)?.standing == .quarantine)
    }
    #expect(await trust.current.record(of: "gateway/b", for: .answer) == TrustRecord())
  }
}
