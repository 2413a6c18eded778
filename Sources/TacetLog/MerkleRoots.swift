/// The roots of some ranges of leaves, computed while the leaves go by once in their order: a proof over a log that is too
/// long to keep.
public struct MerkleRoots: Sendable {
  private let ranges: [Range<UInt64>]
  private var trees: [MerkleTree]
  /// Indices of `ranges` by their beginning; those before `next` have begun.
  private let order: [Int]
  private var next = 0
  private var position: UInt64 = 0

  /// The roots of `ranges`, which do not overlap.
  public init(of ranges: [Range<UInt64>]) {
    self.ranges = ranges
    trees = ranges.map { _ in MerkleTree() }
    order = ranges.indices.sorted { ranges[$0].lowerBound < ranges[$1].lowerBound }
  }

  /// Takes the hash of the next leaf.
  public mutating func append(leafHash: MerkleHash) {
    defer { position += 1 }
    while next < order.count, ranges[order[next]].upperBound <= position { next += 1 }
    guard next < order.count, ranges[order[next]].contains(position) else { return }
    trees[order[next]].append(leafHash: leafHash)
  }

  /// The roots in the order of the ranges; nil until every leaf of them has gone by.
  public var roots: [MerkleHash]? {
    guard zip(ranges, trees).allSatisfy({ $0.upperBound - $0.lowerBound == $1.size }) else { return nil }
    return trees.map(\.root)
  }
}
