using CleanGateway.Api.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.UnitTests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CleanGateway.UnitTests.Api;

public class RequestIdentityTests
{
    private readonly ManualTime clock = new();
    private readonly DefaultHttpContext http = new();
    private readonly StartableResponse response = new();

    public RequestIdentityTests() => http.Features.Set<IHttpResponseFeature>(response);

    [Fact]
    public async Task Every_request_gets_an_id_of_ours_made_of_the_moment_it_began()
    {
        await RunAsync();

        var identity = http.Features.GetRequiredFeature<RequestIdentity>();
        RequestId.TryParse(identity.Id.Value, out var id).Should().BeTrue();
        (id.CreatedAt, identity.StartedAt).Should().Be((clock.GetUtcNow(), clock.GetUtcNow()));
        http.Response.Headers["X-Request-ID"].Should().Equal(identity.Id.Value);
    }

    [Fact]
    public async Task The_ids_of_two_requests_differ()
    {
        await RunAsync();
        var first = http.Response.Headers["X-Request-ID"].ToString();

        await RunAsync();

        http.Response.Headers["X-Request-ID"].ToString().Should().NotBe(first);
    }

    [Theory]
    [InlineData("X-Client-Request-Id")]
    [InlineData("X-Request-ID")]
    [InlineData("x-request-id")]
    public async Task A_callers_id_is_kept_apart_and_given_back(string header)
    {
        http.Request.Headers[header] = "abc-123:{~}";

        await RunAsync();

        http.Features.GetRequiredFeature<RequestIdentity>().ClientRequestId.Should().Be("abc-123:{~}");
        http.Response.Headers["X-Client-Request-ID"].Should().Equal("abc-123:{~}");
        http.Response.Headers["X-Request-ID"].ToString().Should().StartWith("req_");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("two words")]
    [InlineData("tab\tbed")]
    [InlineData("line\nfeed")]
    [InlineData("null\0")]
    [InlineData("größe")]
    [InlineData("\u007f")]
    public async Task An_id_that_is_no_plain_word_is_ignored(string id)
    {
        http.Request.Headers["X-Client-Request-Id"] = id;

        await RunAsync();

        http.Features.GetRequiredFeature<RequestIdentity>().ClientRequestId.Should().BeNull();
        http.Response.Headers.Should().NotContainKey("X-Client-Request-ID");
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public async Task An_id_may_have_512_characters(int length, bool kept)
    {
        http.Request.Headers["X-Client-Request-Id"] = new string('x', length);

        await RunAsync();

        (http.Features.GetRequiredFeature<RequestIdentity>().ClientRequestId is not null).Should().Be(kept);
    }

    [Fact]
    public async Task Two_ids_are_none_and_a_bad_one_gives_way_to_a_good_one()
    {
        http.Request.Headers["X-Client-Request-Id"] = new[] { "one", "two" };
        http.Request.Headers["X-Request-ID"] = "three";

        await RunAsync();

        http.Features.GetRequiredFeature<RequestIdentity>().ClientRequestId.Should().Be("three");
    }

    [Fact]
    public async Task The_times_are_true_when_the_headers_go_out()
    {
        await RunAsync(() =>
        {
            var identity = http.Features.GetRequiredFeature<RequestIdentity>();
            var key = ApiKey.Issue("ci", "gw_x", clock.GetUtcNow(), KeyLimits.None);
            var call = new ClientCall(identity.Id, key, RequestLines.Of(http, identity), identity.StartedAt, identity.StartedTimestamp);
            call.Waited(TimeSpan.FromMilliseconds(2.337));
            http.Features.Set(call);
            clock.Advance(TimeSpan.FromMilliseconds(156.784));
        });

        http.Response.Headers["X-DB-Overhead"].Should().Equal("2.34ms");
        http.Response.Headers["X-Total-Latency"].Should().Equal("156.78ms");
    }

    [Fact]
    public async Task An_answer_that_no_log_was_waited_for_says_so()
    {
        await RunAsync();

        http.Response.Headers["X-DB-Overhead"].Should().Equal("0.00ms");
    }

    [Fact]
    public async Task What_goes_on_after_the_answer_still_knows_whose_it_is_and_nothing_else_does()
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<RequestIdentity?> later = Task.FromResult<RequestIdentity?>(null);
        await Task.Run(
            () => new RequestIdentityMiddleware(
                _ =>
                {
                    later = LaterAsync();
                    return Task.CompletedTask;
                },
                clock).InvokeAsync(http),
            TestContext.Current.CancellationToken);
        answered.SetResult();

        (await later).Should().BeSameAs(http.Features.GetRequiredFeature<RequestIdentity>());
        RequestIdentity.Current.Should().BeNull();

        async Task<RequestIdentity?> LaterAsync()
        {
            await answered.Task;
            return RequestIdentity.Current;
        }
    }

    private async Task RunAsync(Action? handle = null)
    {
        await new RequestIdentityMiddleware(_ => Task.CompletedTask, clock).InvokeAsync(http);
        handle?.Invoke();
        await response.StartAsync();
    }

    /// <summary>A response whose headers go out when the test says so.</summary>
    private sealed class StartableResponse : HttpResponseFeature
    {
        private Func<Task> starting = () => Task.CompletedTask;

        public override void OnStarting(Func<object, Task> callback, object state) => starting = () => callback(state);

        public Task StartAsync() => starting();
    }
}
