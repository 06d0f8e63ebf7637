using CleanGateway.Application.Models;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary>Gets a catalogue from where an operator says it is.</summary>
internal static class CatalogueSource
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly string TooLarge = $"has more than {ImportModels.MaxFileBytes} bytes";

    /// <exception cref="StartException">It cannot be got; the message says why.</exception>
    public static Task<byte[]> ReadAsync(string source, CancellationToken cancellationToken) =>
        Uri.TryCreate(source, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? DownloadAsync(url, cancellationToken)
            : ReadFileAsync(source, cancellationToken);

    private static async Task<byte[]> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > ImportModels.MaxFileBytes }
                ? throw new StartException($"{path} {TooLarge}")
                : await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StartException($"{path} was not found", missing);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartException($"{path} cannot be read: {refused.Message}", refused);
        }
    }

    // Prices decide what callers are charged: nobody on the way may change them, or say that they are somewhere else.
    private static async Task<byte[]> DownloadAsync(Uri url, CancellationToken cancellationToken)
    {
        var shown = url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped);
        if (url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback)
            throw new StartException($"{shown} is not safe from changes on its way: expected https");

        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { Timeout = Deadline, MaxResponseContentBufferSize = ImportModels.MaxFileBytes };
        try
        {
            using var answer = await http.GetAsync(url, cancellationToken);
            var status = (int)answer.StatusCode;
            if (status is >= 300 and < 400)
                throw new StartException($"{shown} answered {status}: expected 200, redirects are not followed");

            return status is 200
                ? await answer.Content.ReadAsByteArrayAsync(cancellationToken)
                : throw new StartException($"{shown} answered {status}: expected 200");
        }
        catch (HttpRequestException tooLarge) when (tooLarge.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new StartException($"{shown} {TooLarge}", tooLarge);
        }
        catch (HttpRequestException failed)
        {
            throw new StartException($"{shown} cannot be read: {failed.Message}", failed);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StartException($"{shown} did not answer within {Deadline.TotalSeconds} seconds", late);
        }
    }
}
