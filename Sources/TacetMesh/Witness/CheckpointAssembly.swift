import TacetLog
import TacetWire

/// Puts the parts of a shown checkpoint together, one after the other.
struct CheckpointAssembly {
  private var first: CheckpointPart?
  private var hashes: [MerkleHash] = []

  /// How many hashes are here: where the next part must begin.
  var count: Int { hashes.count }

  /// Takes the next part; the whole once it is the last. A part of something else begins anew, one out of its place is left
  /// out.
  mutating func take(_ part: CheckpointPart) -> ShownCheckpoint? {
    if part.offset == 0 || !continues(part) { self = CheckpointAssembly() }
    guard part.offset == hashes.count else { return nil }
    first = first ?? part
    hashes += part.hashes.compactMap { MerkleHash(bytes: $0) }
    guard hashes.count == part.count else { return nil }
    let whole = ShownCheckpoint(key: part.key, note: part.note, from: part.from, proof: hashes)
    self = CheckpointAssembly()
    return whole
  }

  private func continues(_ part: CheckpointPart) -> Bool {
    first?.key == part.key && first?.note == part.note && first?.from == part.from && first?.count == part.count
  }
}
