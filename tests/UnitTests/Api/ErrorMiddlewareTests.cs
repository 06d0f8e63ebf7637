using System.Text;
using CleanGateway.Api.Common;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace CleanGateway.UnitTests.Api;

public sealed class ErrorMiddlewareTests : IDisposable
{
    private readonly MemoryStream body = new();
    private readonly DefaultHttpContext http = new();

    public ErrorMiddlewareTests() => http.Response.Body = body;

    public void Dispose() => body.Dispose();

    [Fact]
    public async Task What_was_refused_is_told_as_it_was_refused()
    {
        await RunAsync(_ => throw new GatewayException(GatewayError.NotFound("model", "x")));

        (http.Response.StatusCode, Body.Contains("model_not_found", StringComparison.Ordinal)).Should().Be((404, true));
    }

    [Fact]
    public async Task A_fault_of_the_gateway_is_told_without_what_it_was()
    {
        await RunAsync(_ => throw new InvalidOperationException("SELECT secret FROM hunter2 at 10.1.2.3 /srv/app"));

        http.Response.StatusCode.Should().Be(500);
        Body.Should().Contain("\"internal_error\"").And.NotContainAny("hunter2", "10.1.2.3", "/srv", "SELECT", "InvalidOperation");
    }

    [Theory]
    [InlineData(400, 400)]
    [InlineData(413, 413)]
    public async Task What_HTTP_itself_objects_to_is_the_callers_fault(int status, int told)
    {
        await RunAsync(_ => throw new BadHttpRequestException("Unexpected end of request content.", status));

        http.Response.StatusCode.Should().Be(told);
        Body.Should().StartWith("{\"error\":");
    }

    [Fact]
    public async Task For_a_caller_who_has_left_the_connection_is_given_up_and_nothing_written()
    {
        var lifetime = Substitute.For<IHttpRequestLifetimeFeature>();
        lifetime.RequestAborted.Returns(new CancellationToken(canceled: true));
        http.Features.Set(lifetime);

        await RunAsync(_ => throw new OperationCanceledException());

        lifetime.Received().Abort();
        Body.Should().BeEmpty();
    }

    [Fact]
    public async Task A_stream_that_was_cut_off_on_purpose_stays_cut_off()
    {
        var running = () => RunAsync(_ => throw new BrokenStreamException("upstream_error"));

        await running.Should().ThrowAsync<BrokenStreamException>("the server has to see it, or the stream would end well");
    }

    private string Body => Encoding.UTF8.GetString(body.ToArray());

    private Task RunAsync(RequestDelegate next) => new ErrorMiddleware(next, NullLogger<ErrorMiddleware>.Instance).InvokeAsync(http);
}
