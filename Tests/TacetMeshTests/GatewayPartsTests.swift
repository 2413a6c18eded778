import Foundation
import Logging
import TacetInference
import TacetLog
import TacetPolicy
import TacetPrivacy
import TacetTransport
import TacetWire
import Testing

@testable import TacetIdentity
@testable import TacetMesh

/// A gateway of a model whose releases and encodings are longer than a message: 300 values each, of two sites.
@Suite struct GatewayPartsTests {
  private let folder: URL
  private let policy: Policy
  private let cells: StepCells
  private let gateway: Gateway

  init() throws {
    let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    folder = FileManager.default.temporaryDirectory.appending(path: "tacet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "policy.yaml")
    try String(contentsOf: project.appending(path: "Policies/strict.yaml"), encoding: .utf8)
      .replacing("bytes: 1024", with: "bytes: 512").write(to: file, atomically: true, encoding: .utf8)
    policy = try Policy.load(from: file)
    let model = try ModelPack.load(from: project.appending(path: "Fixtures/models/wide"))
    cells = try StepCells(model: model, policy: policy)
    gateway = try Gateway(
      models: [model], policy: policy,
      schedule: Schedule(start: Date(), tick: .seconds(60), steps: nil, stepsPerRun: 115),
      witness: DeviceWitness(folder: WitnessFolder(folder.appending(path: "witness"))), deadlines: DeadlineMeter(),
      refusals: RefusalLog(), journal: try Journal(in: folder), drill: nil, logger: Logger(label: "test"))
  }

  private func ask(_ request: Message, as path: String) async throws -> Message {
    // Through the bytes, as it would come.
    let codec = try MessageCodec(bytes: policy.message.bytes)
    let id = try SPIFFEID(trustDomain: TrustDomain(policy.trustDomain), path: path)
    let peer = PeerIdentity(id: id, notAfter: Date(timeIntervalSinceNow: 3600), serial: "01")
    let reply = await gateway.answer(try codec.decode(codec.encode(request)), from: peer, cutoff: .now)
    return try codec.decode(codec.encode(reply.message))
  }

  private func release(_ values: [Int16], part: Message.Part) async throws -> Message.Status {
    try await ask(
      Message(
        kind: .release, step: 0, site: "site-1", part: part,
        payload: .int16(values, shape: [values.count], scale: 1 / 32)),
      as: "camera/site-1"
    ).status
  }

  private var receipts: Int {
    get throws { try Journal.read(from: folder).count { $0.receipt != nil } }
  }

  @Test func partsInAnyOrderAreOneRelease() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let values = (0..<300).map { Int16($0 - 150) }
    let parts = cells.release
    #expect(parts.count == 2 && cells.encoding.count == 5 && cells.width == 5)
    let pieces = parts.all.compactMap { parts.slice(values, $0) }
    #expect(try await release(pieces[1], part: parts.all[1]) == .ok)
    // What does not fit, or says something else than before, is not taken in.
    #expect(try await release(pieces[0], part: .whole) == .malformed)
    #expect(try await release(pieces[0], part: .init(index: 0, count: 3)) == .malformed)
    #expect(try await release(pieces[1], part: parts.all[0]) == .malformed)
    #expect(try await release(pieces[1].map { $0 &+ 1 }, part: parts.all[1]) == .unavailable)
    #expect(try await release(pieces[1], part: parts.all[1]) == .ok)
    #expect(try receipts == 0)
    #expect(try await release(pieces[0], part: parts.all[0]) == .ok)
    #expect(try receipts == 1)
    #expect(try await release(pieces[0], part: parts.all[0]) == .unavailable)

    // What the other site is told is the sum of what it heard, part by part.
    var assembly = TensorAssembly<Float>(cells.encoding)
    var whole: [Float]?
    var inputs: Set<[UInt8]> = []
    for part in cells.encoding.all.reversed() {
      let answer = try await ask(
        Message(kind: .query, step: 0, site: "site-2", part: part), as: "controller/site-2")
      #expect(answer.status == .ok && answer.part == part)
      inputs.insert(answer.inputs)
      guard case .float32(let piece, _) = answer.payload else { continue }
      whole = try assembly.take(piece, as: answer.part) ?? whole
    }
    #expect(whole == values.map { Float($0) / 32 })
    #expect(inputs.count == 1 && inputs.first?.count == Message.inputsLength)
    for part in [Message.Part.whole, .init(index: 0, count: 6), .init(index: 0, count: 1024)] {
      let answer = try await ask(
        Message(kind: .query, step: 0, site: "site-2", part: part), as: "controller/site-2")
      #expect(answer.status == .malformed)
    }
  }
}
