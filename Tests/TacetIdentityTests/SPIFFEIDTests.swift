import TacetIdentity
import Testing

@Suite struct SPIFFEIDTests {
  @Test func parts() throws {
    let id = try SPIFFEID(uri: "spiffe://mesh.example/camera/site-1")
    #expect(id.trustDomain.description == "mesh.example")
    #expect(id.role == "camera")
    #expect(id.name == "site-1")
    #expect(id.path == "camera/site-1")
    #expect(id.description == "spiffe://mesh.example/camera/site-1")
    #expect(try id == SPIFFEID(trustDomain: TrustDomain("mesh.example"), path: "camera/site-1"))
  }

  @Test(arguments: ["", "Mesh.example", "mesh example", "mesh/x", "mesh:1", "mësh", String(repeating: "a", count: 256)])
  func badTrustDomain(name: String) {
    #expect(throws: SPIFFEIDError.self) { try TrustDomain(name) }
  }

  @Test(arguments: ["mesh.example", "a", "a-b_c.9", String(repeating: "a", count: 255)])
  func goodTrustDomain(name: String) throws {
    #expect(try TrustDomain(name).description == name)
  }

  @Test(
    arguments: [
      "camera", "camera/", "/site-1", "camera/site-1/", "camera/site-1/x", "camera/.", "camera/..", "camera/%61",
      "camera/a b", "camera/a\0", "camera/é", "camera//site-1", "",
    ])
  func badPath(path: String) throws {
    let domain = try TrustDomain("mesh.example")
    #expect(throws: SPIFFEIDError.self) { try SPIFFEID(trustDomain: domain, path: path) }
    #expect(throws: SPIFFEIDError.self) { try SPIFFEID(uri: "spiffe://mesh.example/\(path)") }
  }

  @Test func length() throws {
    let domain = try TrustDomain("mesh.example")
    let room = 2048 - "spiffe://mesh.example/camera/".utf8.count
    #expect(try SPIFFEID(trustDomain: domain, role: "camera", name: String(repeating: "a", count: room)).path.count > 0)
    #expect(throws: SPIFFEIDError.self) {
      try SPIFFEID(trustDomain: domain, role: "camera", name: String(repeating: "a", count: room + 1))
    }
  }
}
