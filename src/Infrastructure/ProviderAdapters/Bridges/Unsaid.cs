using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>What of a request cannot be said in another API: left out where that is allowed, else an error.</summary>
internal sealed class Unsaid(string model, bool drops)
{
    private readonly List<string> dropped = [];

    /// <summary>The first thing that is wrong.</summary>
    public GatewayError? Error { get; private set; }

    /// <summary>What was left out, the first <see cref="UnsaidParams.MostDropped"/> of it.</summary>
    public IReadOnlyList<string> Dropped => dropped;

    /// <param name="kind">What the field asks for, where only that cannot be said.</param>
    public void Add(string field, string? kind = null)
    {
        if (!drops)
        {
            Error ??= GatewayError.Invalid(
                $"The provider of the model '{model}' has nothing like '{field}'{(kind is null ? "" : $" ({kind})")}. Leave it out, or set drop_params for the key or the model.", field, "unsupported_parameter");
        }
        else if (dropped.Count < UnsaidParams.MostDropped && !dropped.Contains(field))
        {
            dropped.Add(field);
        }
    }

    /// <summary>No provider could say it.</summary>
    public void Refuse(GatewayError error) => Error ??= error;

    public void WrongType(string field, string expected) =>
        Refuse(GatewayError.Invalid($"Invalid type for '{field}': expected {expected}.", field, "invalid_type"));
}
