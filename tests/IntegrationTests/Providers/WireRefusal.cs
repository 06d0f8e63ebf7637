namespace CleanGateway.IntegrationTests.Providers;

/// <summary>A server does not take a request; each wire has its way to say so.</summary>
/// <param name="status">Of HTTP.</param>
/// <param name="code">The wire's own word for it; null for the usual one with this status.</param>
internal sealed class WireRefusal(int status, string message, string? code = null) : Exception(message)
{
    public int Status => status;
    public string? Code => code;

    /// <summary>Refuses what is wrong with a request.</summary>
    public static void If(bool wrong, string message)
    {
        if (wrong)
            throw new WireRefusal(400, message);
    }
}
