using System.Text;
using CleanGateway.Benchmarks.Load;

namespace CleanGateway.UnitTests.Benchmarks;

/// <summary>A load generator that misjudges where answers end measures something else.</summary>
public class HttpMessageReaderTests
{
    private const string Sized = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 5\r\n\r\nHello";

    private const string Stream =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n1A;last=no\r\ndata: 2\n\ndata: [DONE]\n\nabc\n\r\n0\r\nDigest: 1\r\n\r\n";

    private const string Refusal = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

    private const string Request = "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";

    [Theory]
    [InlineData(Sized, 200, 5, 0, false)]
    [InlineData(Stream, 200, 35, 3, false)]
    [InlineData(Refusal, 503, 0, 0, true)]
    [InlineData(Request, 0, 2, 0, false)]
    public void A_message_is_read_the_same_wherever_it_is_cut(string message, int status, long body, int events, bool closes)
    {
        var bytes = Encoding.ASCII.GetBytes(message);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                var reader = new HttpMessageReader();
                foreach (var part in new[] { bytes[..first], bytes[first..second], bytes[second..] })
                {
                    var before = reader.IsComplete;
                    reader.Read(part).Should().Be(before ? 0 : part.Length, "cut at {0} and {1}", first, second);
                }

                (reader.IsComplete, reader.Status, reader.BodyBytes, reader.Events, reader.Closes)
                    .Should().Be((true, status, body, events, closes), "cut at {0} and {1}", first, second);
            }
        }
    }

    [Theory]
    [InlineData(Sized)]
    [InlineData(Stream)]
    [InlineData(Refusal)]
    [InlineData(Request)]
    public void A_message_that_lacks_its_last_byte_is_not_complete_and_one_byte_more_is_not_its_own(string message)
    {
        var bytes = Encoding.ASCII.GetBytes(message + "H");
        var reader = new HttpMessageReader();

        reader.Read(bytes.AsSpan(0, message.Length - 1)).Should().Be(message.Length - 1);
        reader.IsComplete.Should().BeFalse();
        reader.Read(bytes.AsSpan(message.Length - 1)).Should().Be(1);
        reader.IsComplete.Should().BeTrue();
    }

    [Fact]
    public void An_answer_without_a_length_ends_with_its_connection()
    {
        var reader = new HttpMessageReader();
        reader.Read("HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n"u8);
        (reader.IsComplete, reader.Closes, reader.Events).Should().Be((false, true, 1));

        reader.EndOfConnection();

        reader.IsComplete.Should().BeTrue();
    }

    [Fact]
    public void A_message_that_is_cut_off_is_not_complete_by_the_end_of_its_connection()
    {
        var reader = new HttpMessageReader();
        reader.Read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHell"u8);

        reader.EndOfConnection();

        reader.IsComplete.Should().BeFalse();
    }

    [Fact]
    public void What_is_no_chunk_is_refused()
    {
        var reader = new HttpMessageReader();

        var reading = () => reader.Read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"u8);

        reading.Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void A_reader_is_as_new_when_it_has_been_reset()
    {
        var reader = new HttpMessageReader();
        reader.Read(Encoding.ASCII.GetBytes(Stream));

        reader.Reset();

        (reader.IsComplete, reader.HasBegun, reader.Events, reader.BodyBytes).Should().Be((false, false, 0, 0));
        reader.Read(Encoding.ASCII.GetBytes(Sized)).Should().Be(Sized.Length);
        (reader.IsComplete, reader.BodyBytes).Should().Be((true, 5));
    }
}
