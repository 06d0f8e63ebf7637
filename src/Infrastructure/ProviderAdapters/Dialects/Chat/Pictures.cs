namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>Knows pictures by how they begin.</summary>
internal static class Pictures
{
    /// <returns>The media type; PNG when it is none of the usual ones.</returns>
    public static string TypeOf(string base64) => base64 switch
    {
        _ when base64.StartsWith("/9j/", StringComparison.Ordinal) => "image/jpeg",
        _ when base64.StartsWith("R0lGOD", StringComparison.Ordinal) => "image/gif",
        _ when base64.StartsWith("UklGR", StringComparison.Ordinal) => "image/webp",
        _ => "image/png",
    };
}
