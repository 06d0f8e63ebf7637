namespace CleanGateway.IntegrationTests.Providers;

/// <summary>
/// The service account that this process has by Google's default credentials, which its library looks for once and keeps:
/// so there is one token endpoint for all tests.
/// </summary>
internal static class GoogleAccount
{
    private const string Variable = "GOOGLE_APPLICATION_CREDENTIALS";

    private static readonly Lazy<FakeGoogleTokens> TheTokens = new(() =>
    {
        var tokens = new FakeGoogleTokens();
        var file = Path.Combine(Path.GetTempPath(), $"cleangateway-google-{Environment.ProcessId}.json");
        File.WriteAllText(file, tokens.ServiceAccountJson);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(file);
        Environment.SetEnvironmentVariable(Variable, file);
        return tokens;
    });

    private static readonly Lazy<FakeGoogleTokens> OtherTokens = new(() => new FakeGoogleTokens());

    public static FakeGoogleTokens Tokens => TheTokens.Value;

    /// <summary>Of an account that this process does not have.</summary>
    public static FakeGoogleTokens Others => OtherTokens.Value;

    /// <summary>What stands in a provider's row.</summary>
    public const string Credentials = """{"google_default": true}""";
}
