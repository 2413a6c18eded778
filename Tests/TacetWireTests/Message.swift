import TacetWire

/// Ours, not SwiftProtobuf's protocol of the same name.
typealias Message = TacetWire.Message
