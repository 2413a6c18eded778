import Testing

@testable import TacetPrivacy

/// What an address says, and what is never said of it.
@Suite struct PostgresAddressTests {
  @Test(arguments: ["postgres://u:hunter2@db.example:5/x", "postgresql://u@db.example:5/x?password=hunter2"])
  func thePasswordIsNotShown(text: String) throws {
    let address = try PostgresAddress(text)
    #expect(address.parameters["password"] == "hunter2")
    #expect(address.description == "postgres://u@db.example:5/x")
    #expect(address.redact("login hunter2\nfailed") == "login *** failed")
  }

  @Test(arguments: [
    "", "mysql://h/x", "/path", "postgres://u:hunter2@h:port/x?nonsense=1", "postgres://u:hunter2@[h/x",
  ])
  func othersAreRefusedWithoutRepeatingThem(text: String) {
    #expect {
      try PostgresAddress(text)
    } throws: {
      !"\($0)".contains("hunter2")
    }
  }

  @Test(arguments: [
    ("postgres://db.example/x", "verify-full"), ("postgres://10.0.0.1/x", "verify-full"),
    ("postgres://localhost,db.example/x", "verify-full"), ("postgres:///x?hostaddr=10.0.0.1", "verify-full"),
    ("postgres://db.example/x?sslmode=disable", "disable"), ("postgres://localhost/x", nil),
    ("postgres:///x?host=/tmp", nil), ("postgres:///x?service=far", "verify-full"),
  ])
  func anotherHostIsVerified(text: String, mode: String?) throws {
    #expect(try PostgresAddress(text).parameters["sslmode"] == mode)
  }

  @Test func noServerIsUnavailable() throws {
    #expect {
      try PostgresLedger(PostgresAddress("postgres://u:hunter2@localhost:1/x"))
    } throws: {
      PostgresFaultTests.isUnavailable($0) && !"\($0)".contains("hunter2")
    }
  }
}
