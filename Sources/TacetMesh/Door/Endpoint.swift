package import TacetTransport

/// Ours, not a dependency's type of the same name.
package typealias Endpoint = TacetTransport.Endpoint
