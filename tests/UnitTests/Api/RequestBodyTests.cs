using System.Text;
using CleanGateway.Api.Common;
using CleanGateway.Domain.Common;
using CleanGateway.UnitTests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.UnitTests.Api;

public class RequestBodyTests
{
    private const int Limit = 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(7);

    private readonly ManualTime clock = new();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/vnd.openai+json")]
    public async Task A_body_is_read_whole(string? contentType)
    {
        var (body, error) = await ReadAsync(Request("""{"model":"größe"}""", contentType));

        error.Should().BeNull();
        Encoding.UTF8.GetString(body.Span).Should().Be("""{"model":"größe"}""");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/jsonp")]
    public async Task Another_content_type_is_refused_by_name(string contentType)
    {
        var (_, error) = await ReadAsync(Request("{}", contentType));

        error!.Kind.Should().Be(GatewayErrorKind.UnsupportedMediaType);
        error.Message.Should().Contain(contentType).And.Contain("application/json");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity, gzip")]
    public async Task A_compressed_body_is_refused(string encoding)
    {
        var request = Request("{}");
        request.Headers.ContentEncoding = encoding;

        (await ReadAsync(request)).Error!.Kind.Should().Be(GatewayErrorKind.UnsupportedMediaType);
    }

    [Fact]
    public async Task An_encoding_that_changes_nothing_is_none()
    {
        var request = Request("{}");
        request.Headers.ContentEncoding = "identity";

        (await ReadAsync(request)).Error.Should().BeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_limit_holds_to_the_byte_whether_or_not_the_length_was_announced(bool announced)
    {
        (await ReadAsync(Request(new string('x', Limit), announced: announced))).Body.Length.Should().Be(Limit);

        var (body, error) = await ReadAsync(Request(new string('x', Limit + 1), announced: announced));
        (body.Length, error!.Kind).Should().Be((0, GatewayErrorKind.TooLarge));
        error.Message.Should().Contain("20");
    }

    [Fact]
    public async Task A_body_that_is_announced_as_too_large_is_not_read()
    {
        var request = Request("");
        request.Body = new Unreadable(new InvalidOperationException("It was read."));
        request.ContentLength = Limit + 1;

        (await ReadAsync(request)).Error!.Kind.Should().Be(GatewayErrorKind.TooLarge);
    }

    [Theory]
    [InlineData(413, "Request body too large.", GatewayErrorKind.TooLarge)]
    [InlineData(408, "Reading the request body timed out.", GatewayErrorKind.RequestTimeout)]
    [InlineData(400, "Bad chunk size data.", GatewayErrorKind.Invalid)]
    [InlineData(400, "Unexpected end of request content.", GatewayErrorKind.ClientClosed)]
    public async Task What_the_server_objects_to_while_reading_is_an_error_and_no_exception(int status, string message, GatewayErrorKind kind)
    {
        var request = Request("");
        request.Body = new Unreadable(new BadHttpRequestException(message, status));

        (await ReadAsync(request)).Error!.Kind.Should().Be(kind);
    }

    [Fact]
    public async Task A_chunk_whose_size_no_number_can_hold_is_the_callers_error()
    {
        var request = Request("");
        request.Body = new Unreadable(new IOException("Bad chunk size data."));

        (await ReadAsync(request)).Error!.Kind.Should().Be(GatewayErrorKind.Invalid);
        request.HttpContext.Response.Headers.Connection.ToString().Should().Be("close");
    }

    [Fact]
    public async Task No_body_is_an_empty_one()
    {
        var (body, error) = await ReadAsync(Request(""));

        (body.Length, error).Should().Be((0, null));
    }

    [Fact]
    public async Task The_body_lives_on_when_the_request_is_over()
    {
        var bytes = Encoding.UTF8.GetBytes("{\"a\":1}");
        var request = Request("");
        request.Body = new MemoryStream(bytes);

        var (body, _) = await ReadAsync(request);
        Array.Clear(bytes);

        Encoding.UTF8.GetString(body.Span).Should().Be("{\"a\":1}");
    }

    [Fact]
    public async Task A_body_that_never_ends_is_waited_for_until_its_deadline()
    {
        var request = Request("");
        request.Body = new Endless();

        var reading = ReadAsync(request);
        clock.Advance(Deadline - TimeSpan.FromTicks(1));
        reading.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromTicks(1));

        (await reading).Error.Should().Match<GatewayError>(error => error.Kind == GatewayErrorKind.RequestTimeout && error.Code == "request_timeout");
        request.HttpContext.Response.Headers.Connection.ToString().Should().Be("close", "what still comes is no request");
    }

    [Fact]
    public async Task A_caller_who_leaves_before_the_deadline_has_left()
    {
        var request = Request("");
        request.Body = new Endless();
        using var gone = new CancellationTokenSource();
        request.HttpContext.RequestAborted = gone.Token;

        var reading = ReadAsync(request);
        await gone.CancelAsync();

        (await reading).Error.Should().Be(GatewayError.ClientClosed);
    }

    private HttpRequest Request(string body, string? contentType = "application/json", bool announced = false)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var http = new DefaultHttpContext();
        http.RequestServices = new ServiceCollection()
            .AddSingleton<TimeProvider>(clock).AddSingleton(new ConnectionLimits { BodyDeadline = Deadline }).BuildServiceProvider();
        http.Request.Body = new MemoryStream(bytes);
        http.Request.ContentType = contentType;
        http.Request.ContentLength = announced ? bytes.Length : null;
        return http.Request;
    }

    private static Task<(ReadOnlyMemory<byte> Body, GatewayError? Error)> ReadAsync(HttpRequest request) =>
        RequestBody.ReadAsync(request, Limit);

    private sealed class Endless : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return 0;
        }
    }

    private sealed class Unreadable(Exception failure) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw failure;
    }
}
