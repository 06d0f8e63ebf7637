using System.CommandLine;
using System.Text.Json;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary>The ways a command takes credentials: a file, standard input, or where the gateway finds the key by itself.</summary>
internal sealed class CredentialOptions
{
    private readonly Option<string?> file = new("--credentials-file") { Description = "A file with the credentials as a JSON object; - is standard input" };
    private readonly Option<bool> keyFromInput = new("--api-key-stdin") { Description = "Read the API key from standard input" };
    private readonly Option<string?> keyReference = new("--api-key")
    {
        Description = "Where the gateway finds the API key: env://NAME or file:///path. Not the key itself, which others could see here",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[file, keyFromInput, keyReference])
            command.Options.Add(option);
    }

    /// <returns>Null: none were given.</returns>
    /// <exception cref="StartException">More than one way was chosen, or they cannot be read.</exception>
    public async Task<JsonElement?> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (path, reference) = (parsed.GetValue(file), parsed.GetValue(keyReference));
        if ((path is null ? 0 : 1) + (reference is null ? 0 : 1) + (parsed.GetValue(keyFromInput) ? 1 : 0) > 1)
            throw new StartException("Expected one of --credentials-file, --api-key-stdin and --api-key");

        if (path is not null)
            return CommandInput.Object(await CommandInput.ReadAsync(path, cancellationToken), "The file of --credentials-file");
        if (parsed.GetValue(keyFromInput))
            return Key(await CommandInput.ReadSecretAsync(cancellationToken));

        return reference switch
        {
            null => null,
            _ when reference.StartsWith("env://", StringComparison.Ordinal) || reference.StartsWith("file://", StringComparison.Ordinal) => Key(reference),
            _ => throw new StartException(
                "--api-key takes a reference, env://NAME or file:///path, and no key: other programs see what stands here. "
                + "--api-key-stdin reads a key. One that stood here should be replaced at the provider"),
        };
    }

    private static JsonElement Key(string key) => JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["api_key"] = key });
}
