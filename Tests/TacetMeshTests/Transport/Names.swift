import TacetMesh
import TacetWire

/// Ours, not a dependency's type of the same name.
typealias Endpoint = TacetMesh.Endpoint

/// Ours, not a dependency's type of the same name.
typealias Message = TacetWire.Message
