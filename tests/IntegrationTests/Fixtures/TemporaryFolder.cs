namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>A folder for one test or fixture that another user's server may pass through, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder()
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"cleangateway-test-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path, (UnixFileMode)Convert.ToInt32("711", 8));
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
