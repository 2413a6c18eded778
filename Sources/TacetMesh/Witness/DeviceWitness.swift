package import Foundation
package import TacetLog
package import TacetWire

/// A gateway as the witness of the devices that speak to it: it keeps the last checkpoint of each one's ledger and refuses
/// any that does not continue it. What it keeps is on disk before it answers, and is looked up there each time, so that an
/// operator's word to forget a device is followed at once.
package actor DeviceWitness {
  /// What a witness says to a part of a checkpoint.
  package struct Answer: Sendable {
    /// nil while parts are missing.
    package let verdict: WitnessVerdict?
    /// What is kept now.
    package let part: CheckpointPart
  }

  private let folder: WitnessFolder
  private var incoming: [String: CheckpointAssembly] = [:]
  /// Whether the last checkpoint of a device was refused, as far as it was looked up.
  private var refused: [String: Bool] = [:]

  package init(folder: WitnessFolder) {
    self.folder = folder
  }

  /// Takes what a device shows of its ledger; the device is who it is by its certificate.
  /// - Throws: `WitnessError`; nothing has changed then.
  package func take(_ part: CheckpointPart, from device: String, at date: Date) throws(WitnessError) -> Answer {
    var witness = try folder.witness(of: device) ?? Witness(of: device)
    guard let shown = incoming[device, default: CheckpointAssembly()].take(part) else {
      return Answer(verdict: nil, part: witness.part(offset: incoming[device]?.count ?? 0))
    }
    let verdict = witness.examine(shown, at: UInt64(max(0, date.timeIntervalSince1970)))
    try folder.keep(witness)
    refused[device] = witness.refusal != nil
    return Answer(verdict: verdict, part: witness.part(offset: 0))
  }

  /// Whether the last checkpoint that the device showed was refused.
  /// - Throws: `WitnessError`.
  package func refuses(_ device: String) throws(WitnessError) -> Bool {
    if let known = refused[device] { return known }
    let answer = try folder.witness(of: device)?.refusal != nil
    refused[device] = answer
    return answer
  }

  /// What is kept of a device, without a proof; nil for nothing.
  /// - Throws: `WitnessError`.
  package func remembered(of device: String) throws(WitnessError) -> CheckpointPart? {
    try folder.witness(of: device).map { $0.part(offset: 0) }
  }
}

extension Witness {
  fileprivate func part(offset: Int) -> CheckpointPart {
    CheckpointPart(key: key ?? "", note: checkpoint ?? "", from: size, offset: offset, count: offset)
  }
}
