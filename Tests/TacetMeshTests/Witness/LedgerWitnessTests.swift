import Foundation
import Logging
import TacetIdentity
import TacetLog
import TacetPrivacy
import TacetTrust
import TacetWire
import Testing

@testable import TacetMesh

/// A device shows its ledger to a gateway, message by message, as the mesh carries them.
@Suite final class LedgerWitnessTests {
  private static let device = "camera/site-1"
  private let place: URL
  private let gateway: SPIFFEID
  private let codec: MessageCodec
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  init() throws {
    place = FileManager.default.temporaryDirectory.appendingPathComponent("tacet-show-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    gateway = try SPIFFEID(trustDomain: TrustDomain("mesh.example"), path: "gateway/g")
    // The smallest messages: long proofs take many.
    codec = try MessageCodec(bytes: 512)
  }

  deinit {
    try? FileManager.default.removeItem(at: place)
  }

  private func open(_ name: String) async throws -> PrivacyLedger {
    let ledger = try PrivacyLedger.open(folder: place.appendingPathComponent(name), create: true)
    try await ledger.setBudget(Budget(epsilon: 100, delta: 1e-6, window: nil), for: Self.device)
    return ledger
  }

  private func charge(_ ledger: PrivacyLedger, _ count: Int, as prefix: String) async throws {
    let parameters = try ReleaseParameters(radius: 1, scale: 64)
    let releases = (0..<count).map { ("\(prefix)-\($0)", parameters, 4) }
    _ = try await ledger.record(device: Self.device, releases: releases)
  }

  private func shown(_ ledger: PrivacyLedger) -> WitnessedLedger {
    WitnessedLedger(device: Self.device, ledger: ledger, codec: codec, logger: logger)
  }

  private func witness(_ name: String = "witness") -> DeviceWitness {
    DeviceWitness(folder: WitnessFolder(place.appendingPathComponent(name)))
  }

  /// One message and its answer; returns the verdict, if there was one, and whether the device went silent.
  private func exchange(
    _ ledger: WitnessedLedger, _ witness: DeviceWitness
  ) async throws -> (verdict: WitnessVerdict?, silent: Bool) {
    let message = try #require(await ledger.messages(to: ["gateway/g"], step: 1, site: "site-1")["gateway/g"])
    let arrived = try codec.decode(codec.encode(message))
    guard case .checkpoint(let part) = arrived.payload else {
      Issue.record("nothing was shown")
      return (nil, false)
    }
    let answer = try await witness.take(part, from: Self.device, at: Date())
    let reply = try codec.decode(codec.encode(arrived.answer(.ok, payload: .checkpoint(answer.part))))
    return (answer.verdict, await ledger.take(reply, to: message, from: "gateway/g", as: gateway))
  }

  private func exchangeToTheEnd(
    _ ledger: WitnessedLedger, _ witness: DeviceWitness
  ) async throws -> (verdict: WitnessVerdict?, silent: Bool, count: Int) {
    for count in 1...50 {
      let (verdict, silent) = try await exchange(ledger, witness)
      if silent || verdict != nil { return (verdict, silent, count) }
    }
    return (nil, false, 50)
  }

  @Test func aGrowingLedgerIsFollowedInSmallMessages() async throws {
    let ledger = try await open("ledger")
    let (shown, witness) = (shown(ledger), witness())
    #expect(await !shown.isWitnessed)
    var size: UInt64 = 1
    var most = 0
    for count in [0, 1, 5, 3000, 1, 700] {
      try await charge(ledger, count, as: "r\(size)")
      size += UInt64(count)
      let (verdict, silent, messages) = try await exchangeToTheEnd(shown, witness)
      #expect(verdict == .accepted(size: size) && !silent)
      most = max(most, messages)
    }
    #expect(most > 1, "no proof took more than one message: the parts were not tested")
    #expect(await shown.isWitnessed)
    #expect(try await ledger.fallback(of: Self.device) == nil)
  }

  /// What a witness keeps is evidence of the witness: that it keeps, that it has forgotten, that it keeps another ledger.
  @Test func aWitnessEarnsTrustByWhatItKeeps() async throws {
    let trust = try TrustRegister(
      in: place, peers: ["gateway/g"],
      parameters: TrustParameters(trim: 1, threshold: 0.3, forgetting: 0.9, tolerance: 0.5), logger: logger)
    let ledger = try await open("ledger")
    let device = WitnessedLedger(device: Self.device, ledger: ledger, codec: codec, trust: trust, logger: logger)
    for round in 0..<30 {
      try await charge(ledger, 1, as: "r\(round)")
      #expect(try await exchangeToTheEnd(device, witness()).verdict != nil)
    }
    let evidence = await trust.current.record(of: "gateway/g", for: .witness)?.evidence ?? []
    #expect(evidence.allSatisfy { $0.agreement == 1 } && evidence.reduce(0) { $0 + $1.count } >= 30)

    #expect(try WitnessFolder(place.appendingPathComponent("witness")).forget(Self.device))
    try await charge(ledger, 1, as: "later")
    _ = try await exchange(device, witness())
    let forgot = try #require(await trust.current.record(of: "gateway/g", for: .witness)?.evidence.last)
    #expect(forgot.agreement == 0 && forgot.reason == "it keeps less of the ledger than it did")

    let message = try #require(await device.messages(to: ["gateway/g"], step: 1, site: "site-1")["gateway/g"])
    let other = try await open("other").checkpoint()
    let answer = message.answer(.ok, payload: .checkpoint(CheckpointPart(key: "k", note: other, from: 99)))
    #expect(await !device.take(answer, to: message, from: "gateway/g", as: gateway))
    let strange = try #require(await trust.current.record(of: "gateway/g", for: .witness)?.evidence.last)
    #expect(strange.agreement == 0 && strange.reason == "it keeps a checkpoint of another ledger")
    // Nothing of it is about its answers.
    #expect(await trust.current.record(of: "gateway/g", for: .answer) == TrustRecord())
  }

  @Test func aRestartedDeviceLearnsWhereItsProofMustBegin() async throws {
    let ledger = try await open("ledger")
    let witness = witness()
    try await charge(ledger, 20, as: "a")
    #expect(try await exchangeToTheEnd(shown(ledger), witness).verdict == .accepted(size: 21))
    try await charge(ledger, 20, as: "b")
    let restarted = shown(ledger)
    #expect(try await exchange(restarted, witness).verdict == .unproven(remembered: 21))
    #expect(try await exchangeToTheEnd(restarted, witness).verdict == .accepted(size: 41))
  }

  /// A ledger that the witness saw with 21 entries, and a copy from when it had 11.
  private func aLedgerAndItsOldCopy() async throws -> (ledger: PrivacyLedger, copy: PrivacyLedger) {
    let ledger = try await open("ledger")
    try await charge(ledger, 10, as: "a")
    let copy = place.appendingPathComponent("copy")
    try FileManager.default.copyItem(at: place.appendingPathComponent("ledger"), to: copy)
    try await charge(ledger, 10, as: "b")
    #expect(try await exchangeToTheEnd(shown(ledger), witness()).verdict == .accepted(size: 21))
    return (ledger, try await open("copy"))
  }

  /// The witness has a memory of its own, which survives it.
  @Test(arguments: [0, 5, 30]) func aLedgerPutBackIsRefusedAndGoesSilent(chargedSince: Int) async throws {
    let (ledger, restored) = try await aLedgerAndItsOldCopy()
    try await charge(restored, chargedSince, as: "c")
    let (device, gateway) = (shown(restored), witness())
    let first = try await exchange(device, gateway)
    #expect(first.verdict == (chargedSince < 10 ? .refused(.rolledBack) : .unproven(remembered: 21)))
    #expect(first.silent)
    let order = try #require(await restored.fallback(of: Self.device))
    #expect(order.by == "spiffe://mesh.example/gateway/g")
    #expect(order.reason.contains(chargedSince < 10 ? "rolled back" : "rewritten"))
    let last = try await exchangeToTheEnd(device, gateway)
    #expect(last.verdict == (chargedSince < 9 ? .refused(.rolledBack) : .refused(.forked)) && !last.silent)
    #expect(try await gateway.refuses(Self.device))
    #expect(try await witness().refuses(Self.device))
    // The right ledger again: its good name comes back.
    let right = shown(ledger)
    _ = try await exchangeToTheEnd(right, gateway)
    #expect(try await !gateway.refuses(Self.device))
    withExtendedLifetime((ledger, restored)) {}
  }

  /// An answer that was under way when an administrator restored the device is to what it showed before; the next one counts.
  @Test func aLateAnswerDoesNotSilenceARestoredDevice() async throws {
    let (ledger, rolledBack) = try await aLedgerAndItsOldCopy()
    let (device, gateway) = (shown(rolledBack), witness())
    #expect(try await exchange(device, gateway).silent)

    let message = try #require(await device.messages(to: ["gateway/g"], step: 2, site: "site-1")["gateway/g"])
    guard case .checkpoint(let part) = message.payload else {
      Issue.record("nothing was shown")
      return
    }
    let late = message.answer(
      .ok, payload: .checkpoint(try await gateway.take(part, from: Self.device, at: Date()).part))
    try await rolledBack.restore(Self.device, by: "spiffe://mesh.example/admin/a")
    await device.restored()
    #expect(await !device.take(late, to: message, from: "gateway/g", as: self.gateway))
    // Nor where the next is under way already.
    _ = await device.messages(to: ["gateway/g"], step: 3, site: "site-1")
    #expect(await !device.take(late, to: message, from: "gateway/g", as: self.gateway))
    #expect(try await rolledBack.fallback(of: Self.device) == nil)
    #expect(try await exchange(device, gateway).silent)
    withExtendedLifetime((ledger, rolledBack)) {}
  }

  @Test func anotherLedgerInItsPlaceIsRefused() async throws {
    let witness = witness()
    #expect(try await exchangeToTheEnd(shown(open("one")), witness).verdict == .accepted(size: 1))
    let other = try await open("two")
    let (verdict, silent, _) = try await exchangeToTheEnd(shown(other), witness)
    #expect(verdict == .refused(.otherKey))
    // The note that the gateway shows is not by this ledger's key: it proves nothing to the device.
    #expect(!silent)
    #expect(try await other.fallback(of: Self.device) == nil)
    #expect(try await witness.refuses(Self.device))
    #expect(try WitnessFolder(place.appendingPathComponent("witness")).forget(Self.device))
    #expect(try await exchangeToTheEnd(shown(other), witness).verdict == .accepted(size: 1))
    #expect(try await !witness.refuses(Self.device))
  }

  /// A gateway that lies can make up any note, but none with the device's signature.
  @Test func aForgedMemorySilencesNobody() async throws {
    let ledger = try await open("ledger")
    let device = shown(ledger)
    let true_ = try SignedNote(await ledger.checkpoint())
    let forged = try Checkpoint(origin: Checkpoint(text: true_.text).origin, size: 1000, root: .empty)
    let note = true_.description.replacingOccurrences(of: true_.text, with: forged.text)
    let other = try NoteSigner(name: forged.origin)
    for (key, note) in [
      (ledger.verifierKey, note), (other.verifier.description, try other.sign(forged.text).description),
      (ledger.verifierKey, "nonsense"), ("", ""),
    ] {
      let part = CheckpointPart(key: key, note: note, from: 1000)
      let message = try #require(await device.messages(to: ["gateway/g"], step: 1, site: "site-1")["gateway/g"])
      let answer = message.answer(.refused, payload: .checkpoint(part))
      #expect(await !device.take(answer, to: message, from: "gateway/g", as: gateway))
    }
    #expect(try await ledger.fallback(of: Self.device) == nil)
    // And it goes on with an honest one.
    let (verdict, _, _) = try await exchangeToTheEnd(device, witness())
    #expect(verdict == .accepted(size: 1))
  }

  @Test func anAuditorsQuestionIsAnsweredInParts() async throws {
    let ledger = try await open("ledger")
    let device = shown(ledger)
    try await charge(ledger, 1500, as: "a")
    let before = try Checkpoint(text: SignedNote(await ledger.checkpoint()).text)
    try await charge(ledger, 1500, as: "b")
    var assembly = CheckpointAssembly()
    var question = CheckpointPart(from: before.size)
    var shown: ShownCheckpoint?
    for round in 0..<20 where shown == nil {
      question.offset = assembly.count
      question.count = assembly.count
      let request = Message(kind: .audit, payload: .checkpoint(question))
      guard case .checkpoint(let part) = try await device.answer(request).payload else { break }
      shown = assembly.take(part)
      question.note = part.note
      // It grows meanwhile: the parts are of the checkpoint that was asked for first.
      try await charge(ledger, 1, as: "c\(round)")
    }
    let whole = try #require(shown)
    let checkpoint = try Checkpoint(note: SignedNote(whole.note), verifiedBy: NoteVerifier(ledger.verifierKey))
    #expect(checkpoint.size == 3001)
    try MerkleTree.verifyConsistency(
      from: before.size, firstRoot: before.root, to: checkpoint.size, secondRoot: checkpoint.root, proof: whole.proof)
    let beyond = Message(kind: .audit, payload: .checkpoint(CheckpointPart(from: 1, offset: 99, count: 99)))
    #expect(try await device.answer(beyond).status == .malformed)
    let strange = Message(kind: .audit, payload: .checkpoint(CheckpointPart(note: "x")))
    await #expect(throws: NoteError.self) { try await device.answer(strange) }
  }

  @Test func aStatusFitsItsMessage() throws {
    let status = DeviceStatus(
      device: Self.device, mode: .fallback, reason: String(repeating: "é\"", count: 128),
      by: "spiffe://mesh.example/" + String(repeating: "x", count: 2000), since: 1, epsilonSpent: 1.5, charges: 7)
    let text = try status.text()
    #expect(text.utf8.count <= 256)
    let read = try #require(DeviceStatus.parse(text))
    #expect(read.device == Self.device && read.mode == .fallback && read.charges == 7)
    #expect(read.reason?.isEmpty == false && read.by?.isEmpty == false)
  }
}
