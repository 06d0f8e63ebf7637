using System.Collections.Frozen;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

/// <summary>
/// Keeps account of what a dialect could not say of a request: an error that names the first of it, or, where the key or
/// the model allows that, a list of what was left out.
/// </summary>
/// <param name="provider">As errors name it: Anthropic, Gemini …</param>
internal sealed class UnsaidParams(InferenceTarget target, string provider)
{
    /// <summary>How many of what was left out are named: a request has as many members as its caller likes.</summary>
    public const int MostDropped = 32;

    private readonly List<string> dropped = [];

    /// <summary>Null as long as the request can be sent.</summary>
    public GatewayError? Error { get; private set; }

    /// <summary>What was left out, the first <see cref="MostDropped"/> of it.</summary>
    public IReadOnlyList<string> Dropped => dropped;

    /// <summary>Notes everything that was asked for and is not among what the dialect says.</summary>
    public void AddOthers(ParsedChat chat, FrozenSet<string> said)
    {
        foreach (var name in chat.Unsaid(said))
            Add(name);
    }

    /// <summary>Notes a parameter that cannot be said.</summary>
    /// <param name="why">A sentence; null: the provider does not know the parameter.</param>
    public void Add(string name, string? why = null)
    {
        if (target.DropParams)
            AddDropped(name);
        else
            Error ??= ChatJson.Unsupported(name, why ?? $"{provider} has no such parameter. Leave it out, or set drop_params for the key or the model.");
    }

    /// <summary>Notes what is left out whatever the key or model says, because it makes the call work and changes nothing that was asked for.</summary>
    public void AddDropped(string name)
    {
        if (dropped.Count < MostDropped && !dropped.Contains(name))
            dropped.Add(name);
    }

    /// <summary>Notes what cannot be left out either: the answer would be to another question.</summary>
    public void Refuse(string path, string why) => Error ??= ChatJson.Unsupported(path, why);
}
