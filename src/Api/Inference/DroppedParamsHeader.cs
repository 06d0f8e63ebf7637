using System.Text.RegularExpressions;

namespace CleanGateway.Api.Inference;

/// <summary>
/// The header that names what of a request was left out. The names are the caller's own, so they can be made of anything
/// that JSON allows, a header of much less: what does not fit is there as <c>?</c>.
/// </summary>
internal static partial class DroppedParamsHeader
{
    public const string Name = "x-gateway-dropped-params";
    private const int MostNames = 32;
    private const string Unspeakable = "?";

    /// <summary>Adds the header where anything was left out.</summary>
    public static void Write(HttpResponse response, IReadOnlyList<string> dropped)
    {
        if (dropped.Count > 0)
            response.Headers[Name] = string.Join(", ", dropped.Take(MostNames).Select(static name => Speakable().IsMatch(name) ? name : Unspeakable));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.\[\]-]{1,64}\z")]
    private static partial Regex Speakable();
}
