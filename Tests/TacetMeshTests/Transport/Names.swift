import TacetMesh
import TacetTransport
import TacetWire

/// Ours, not a dependency's type of the same name.
typealias Endpoint = TacetTransport.Endpoint

/// Ours, not a dependency's type of the same name.
typealias Message = TacetWire.Message
