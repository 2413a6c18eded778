import ArgumentParser
@main struct Tacet: AsyncParsableCommand { func run() async throws {} }
